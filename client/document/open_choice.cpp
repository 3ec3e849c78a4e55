#include "client/document/open_choice.h"

#include <algorithm>

namespace tilework::client {

OpenChoice::Changes OpenChoice::follow(std::optional<ImageId> current, const std::vector<ImageId>& wanted) {
  ++looks_;
  Changes changes;
  std::set<ImageId> needed;
  std::size_t opening = 0;
  for (const ImageId image : wanted) {
    if (image == current || !open_.contains(image)) continue;
    needed.insert(image);
    ++opening;
  }
  if (current) needed.insert(*current);
  for (const ImageId image : needed) {
    if (const auto found = open_.find(image); found != open_.end()) found->second = looks_;
  }
  if (current && !open_.contains(*current) && make_room(needed, changes)) open(*current, changes);
  for (const ImageId image : wanted) {
    if (opening >= limits_.opening) break;
    if (open_.contains(image)) continue;
    if (!make_room(needed, changes)) break;
    open(image, changes);
    needed.insert(image);
    ++opening;
  }
  return changes;
}

bool OpenChoice::make_room(const std::set<ImageId>& needed, Changes& changes) {
  if (open_.size() < limits_.open) return true;
  auto oldest = open_.end();
  for (auto image = open_.begin(); image != open_.end(); ++image) {
    if (needed.contains(image->first)) continue;
    if (oldest == open_.end() || image->second < oldest->second) oldest = image;
  }
  if (oldest == open_.end()) return false;
  changes.close.push_back(oldest->first);
  open_.erase(oldest);
  return true;
}

void OpenChoice::open(ImageId image, Changes& changes) {
  open_[image] = looks_;
  changes.open.push_back(image);
}

}  // namespace tilework::client

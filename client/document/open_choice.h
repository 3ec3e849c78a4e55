// Which of many images are open at a cluster, where each takes decoded pixels: the current one, those whose
// thumbnails are made, and of others the few that were looked at last. Pure; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "client/document/document.h"

namespace tilework::client {

struct OpenLimits {
  std::size_t open = 16;    // images
  std::size_t opening = 4;  // for their thumbnails, at a time
};

class OpenChoice {
 public:
  explicit OpenChoice(OpenLimits limits = {}) : limits_(limits) {}

  struct Changes {
    std::vector<ImageId> close = {};
    std::vector<ImageId> open = {};
  };
  // `wanted` are images for whose thumbnails somebody waits, the most urgent first; those that are open and
  // no longer among them are done. The changes are taken for carried out.
  Changes follow(std::optional<ImageId> current, const std::vector<ImageId>& wanted);
  // The image was closed, or is to be opened anew.
  void forget(ImageId image) { open_.erase(image); }
  void clear() { open_.clear(); }
  bool is_open(ImageId image) const { return open_.contains(image); }

 private:
  // Makes room for one more; whether there is.
  bool make_room(const std::set<ImageId>& needed, Changes& changes);
  void open(ImageId image, Changes& changes);

  OpenLimits limits_;
  std::uint64_t looks_ = 0;
  std::map<ImageId, std::uint64_t> open_;  // when each was needed last, in looks
};

}  // namespace tilework::client

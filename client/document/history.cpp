#include "client/document/history.h"

#include <algorithm>
#include <utility>

namespace tilework::client {
namespace {

constexpr std::size_t most_states = 500;

}  // namespace

void History::apply(const Edit& edit) {
  Document next = now();
  client::apply(next, edit);
  if (next == now()) return;
  if (!is_undoable(edit)) {
    states_[at_].document = std::move(next);
    return;
  }
  const std::string key = merge_key(edit);
  const bool merges = !sealed_ && !key.empty() && key == states_[at_].merge_key && !can_redo();
  sealed_ = false;
  if (merges) {
    states_[at_].document = std::move(next);
    return;
  }
  const std::string what = describe(now(), edit);
  states_.erase(states_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, states_.end());
  states_.push_back({std::move(next), what, key});
  if (states_.size() > most_states) states_.erase(states_.begin());
  at_ = states_.size() - 1;
}

void History::undo() {
  if (can_undo()) go_to(at_ - 1);
}

void History::redo() {
  if (can_redo()) go_to(at_ + 1);
}

void History::go_to(std::size_t state) {
  const Document& from = now();
  Document& to = states_[state].document;
  if (from.current && to.find(*from.current)) to.current = from.current;
  to.chosen.clear();
  for (const ImageId id : from.chosen) {
    if (to.find(id)) to.chosen.insert(id);
  }
  to.last_id = std::max(to.last_id, from.last_id);
  at_ = state;
  sealed_ = true;
}

}  // namespace tilework::client

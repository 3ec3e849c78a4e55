// The documents that were, for undo and redo. Pure; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/document/edit.h"

namespace tilework::client {

class History {
 public:
  explicit History(Document first = {}) { states_.push_back({std::move(first), {}, {}}); }

  const Document& now() const { return states_[at_].document; }

  // Carries the edit out on the newest document; what was undone is forgotten. Edits that change nothing
  // leave no trace.
  void apply(const Edit& edit);
  // The next edit is one of its own, as after the end of a drag.
  void seal() { sealed_ = true; }

  bool can_undo() const { return at_ > 0; }
  bool can_redo() const { return at_ + 1 < states_.size(); }
  // What would be undone or redone, in words; empty if there is nothing.
  std::string undo_text() const { return can_undo() ? states_[at_].what : ""; }
  std::string redo_text() const { return can_redo() ? states_[at_ + 1].what : ""; }
  // What is shown and chosen stays as far as it is there: looking at something isn't undone.
  void undo();
  void redo();

 private:
  struct State {
    Document document;
    std::string what;  // led to it
    std::string merge_key;
  };
  void go_to(std::size_t state);

  std::vector<State> states_;
  std::size_t at_ = 0;
  bool sealed_ = true;
};

}  // namespace tilework::client

// What detectors found in the image that is shown: a table, which goes together with the boxes over the
// picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/ui/model.h"

namespace tilework::client {

// Of the image that is shown; null if it wasn't converted, or nothing looked for something.
std::shared_ptr<const std::vector<Finding>> findings_of(const Model& model);

class FindingsWindow {
 public:
  void draw(const Model& model);
  void toggle() { open_ = !open_; }
  bool is_open() const { return open_; }

  // The marked one, by its place among the image's findings.
  std::optional<std::size_t> marked() const { return marked_; }
  // Marks it, and scrolls the table to it.
  void mark(std::size_t finding);

  // What the user wants to look at, and whether the table is to be saved.
  std::optional<Region> wants_to_see() { return std::exchange(wants_to_see_, std::nullopt); }
  bool wants_to_save() { return std::exchange(wants_to_save_, false); }

 private:
  void follow(const std::shared_ptr<const std::vector<Finding>>& findings);
  void choose_rows();
  void draw_labels();
  void draw_table();
  void draw_row(std::size_t finding);

  bool open_ = false;
  std::shared_ptr<const std::vector<Finding>> findings_;
  std::map<std::string, std::size_t> count_by_label_;
  std::string label_;                // shown alone; empty: all
  std::vector<std::uint32_t> rows_;  // places of those that are shown, in their order
  int sorted_by_ = -1;               // column; none: as they came
  bool descending_ = false;
  bool rows_are_old_ = true;
  std::optional<std::size_t> marked_;
  bool scrolls_to_marked_ = false;
  std::optional<Region> wants_to_see_;
  bool wants_to_save_ = false;
};

}  // namespace tilework::client

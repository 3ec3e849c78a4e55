#include "server/engine/findings.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "schema/model/clean_text.h"
#include "server/engine/geometry.h"

namespace tilework::engine {
namespace {

constexpr std::size_t longest_label = 64;  // bytes

auto order_of(const Finding& f) {
  return std::tie(f.box.y, f.box.x, f.box.height, f.box.width, f.label, f.score);
}

bool comes_before(const Finding& a, const Finding& b) {
  return order_of(a) < order_of(b);
}

}  // namespace

bool belongs_to(const Region& box, cv::Rect tile) {
  const std::int64_t x = std::int64_t{box.x} + box.width / 2;
  const std::int64_t y = std::int64_t{box.y} + box.height / 2;
  return x >= tile.x && y >= tile.y && x < std::int64_t{tile.x} + tile.width &&
         y < std::int64_t{tile.y} + tile.height;
}

std::string fault_of(const Finding& finding, cv::Size image) {
  const Region& box = finding.box;
  const std::string size = std::to_string(box.width) + "x" + std::to_string(box.height) + " pixels";
  if (box.width < 1 || box.height < 1) return "a box of " + size;
  if (box.x < 0 || box.y < 0 || box.width > image.width - box.x || box.height > image.height - box.y) {
    return "a box of " + size + " at " + std::to_string(box.x) + "," + std::to_string(box.y) +
           ", which lies outside the image";
  }
  if (!std::isfinite(finding.score)) return "a score that isn't a finite number";
  if (finding.label.empty() || !is_clean_line(finding.label, longest_label)) {
    return "a label that isn't a line of at most 64 bytes that can all be shown";
  }
  return {};
}

void FindingList::add(Finding finding) {
  ++total_;
  kept_.push_back(std::move(finding));
  trim();
}

void FindingList::add(std::uint64_t total, std::vector<Finding> first) {
  total_ += total;
  kept_.insert(kept_.end(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
  trim();
}

std::vector<Finding> FindingList::take() {
  std::ranges::sort(kept_, comes_before);
  if (kept_.size() > most_findings) kept_.resize(most_findings);
  total_ = 0;
  return std::exchange(kept_, {});
}

// Seldom, so that each finding is looked at a few times.
void FindingList::trim() {
  if (kept_.size() < 2 * most_findings) return;
  std::ranges::nth_element(kept_, kept_.begin() + most_findings, comes_before);
  kept_.resize(most_findings);
}

}  // namespace tilework::engine

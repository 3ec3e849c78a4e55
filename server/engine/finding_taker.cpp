#include "server/engine/finding_taker.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "server/engine/geometry.h"

namespace tilework::engine {
namespace {

// Nonsense stays outside the image.
int sum(int a, int b) {
  constexpr std::int64_t limit = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(std::int64_t{a} + b, -limit, limit));
}

}  // namespace

// Returns why the finding is refused.
std::string FindingTaker::take(const TileworkRect& box, const char* label, double score) {
  if (++reported_ > area(place_.segment.size())) return "it reported more findings than pixels";
  if (box.width > largest_ || box.height > largest_) return {};
  Finding finding{{}, label ? label : "", score};
  finding.box = {sum(box.x, place_.segment.x), sum(box.y, place_.segment.y), box.width, box.height};
  // Near a cut, a detector may say what it wouldn't say of the whole image. That belongs to another tile.
  if (!belongs_to(finding.box, place_.tile) && belongs_to(finding.box, bounds(place_.image))) return {};
  if (const auto fault = fault_of(finding, place_.image); !fault.empty()) return "it reported " + fault;
  into_.add(std::move(finding));
  return {};
}

// No exception may cross the plugin.
int FindingTaker::add(void* context, const TileworkRect* box, const char* label, double score) noexcept {
  auto& taker = *static_cast<FindingTaker*>(context);
  if (!taker.refusal_.empty()) return 1;
  try {
    taker.refusal_ = taker.take(*box, label, score);
  } catch (const std::exception& error) {
    taker.refusal_ = error.what();
  }
  return taker.refusal_.empty() ? 0 : 1;
}

}  // namespace tilework::engine

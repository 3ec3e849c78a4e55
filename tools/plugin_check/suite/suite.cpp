#include "tools/plugin_check/suite/suite.h"

#include <array>
#include <exception>

#include "tools/plugin_check/suite/checks.h"

namespace tilework::conformance {

std::string to_text(const CaseText& where) {
  std::string text;
  if (where.seed != 0) text += "seed " + std::to_string(where.seed) + ": ";
  text += where.filters;
  if (!where.image.empty()) text += " on " + where.image + " " + where.format;
  if (!where.tile.empty()) text += ", tiles of " + where.tile;
  return text;
}

bool Run::attempt(const CaseText& where, const std::function<std::string()>& check) const {
  if (const auto known = observer_.at(where)) return *known;
  std::string what;
  try {
    what = check();
  } catch (const std::exception& error) {
    what = error.what();
  }
  if (!what.empty()) observer_.found({where, what});
  return what.empty();
}

std::span<const Check> all_checks() {
  static constexpr std::array<Check, 10> checks{{
      {"names are unique, and every filter says what it is and does", false, check_descriptions},
      {"ranges are in order and hold the defaults", false, check_ranges},
      {"parameters that are unknown, outside their range or of another type are refused", false,
       check_refusals},
      {"tiles of small images give the whole image's result", false, check_small_images},
      {"tiles of larger images give the whole image's result", false, check_larger_images},
      {"a photo in many tiles gives the whole image's result, with every default", false, check_photo},
      {"the result has the format that was declared, and alpha", false, check_formats},
      {"chains on tiles give what the filters give one by one on the whole image", false, check_chains},
      {"stats merge in any order and grouping, and survive the way through bytes", true, check_merging},
      {"stats of nothing change nothing", true, check_stats_of_nothing},
  }};
  return checks;
}

}  // namespace tilework::conformance

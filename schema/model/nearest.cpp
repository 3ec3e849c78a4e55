#include "schema/model/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tilework {
namespace {

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view typed, std::span<const std::string> names) {
  struct Near {
    std::size_t distance;
    const std::string* name;
  };
  std::vector<Near> near;
  for (const auto& name : names) {
    const bool contains = typed.size() >= 3 && name.find(typed) != std::string::npos;
    const std::size_t distance = contains ? 1 : edit_distance(typed, name);
    if (distance <= std::max<std::size_t>(2, name.size() / 3)) near.push_back({distance, &name});
  }
  std::ranges::stable_sort(near, {}, &Near::distance);
  if (near.size() > 3) near.resize(3);

  std::string text;
  for (std::size_t i = 0; i < near.size(); ++i) {
    text += i == 0 ? "; did you mean " : i + 1 == near.size() ? " or " : ", ";
    text += '"' + *near[i].name + '"';
  }
  return text.empty() ? text : text + "?";
}

}  // namespace tilework

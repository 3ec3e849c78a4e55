#include "client/ui/filter_search.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <sstream>
#include <tuple>
#include <utility>

#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

// How well a filter fits a word: 0 is best; none if it doesn't.
std::optional<int> rank_of(const FilterDescription& filter, const std::string& word) {
  const std::string label = lower_case(label_of(filter));
  if (label.starts_with(word)) return 0;
  if (label.find(' ' + word) != std::string::npos) return 1;
  if ((label + ' ' + lower_case(filter.name)).find(word) != std::string::npos) return 2;
  if (lower_case(filter.group).find(word) != std::string::npos) return 3;
  if (lower_case(filter.help).find(word) != std::string::npos) return 4;
  return std::nullopt;
}

// Of all words: the one that fits worst counts first, and then their sum.
using Rank = std::pair<int, int>;

std::optional<Rank> rank_of(const FilterDescription& filter, const std::vector<std::string>& words) {
  int worst = 0, sum = 0;
  for (const auto& word : words) {
    const auto rank = rank_of(filter, word);
    if (!rank) return std::nullopt;
    worst = std::max(worst, *rank);
    sum += *rank;
  }
  return Rank(worst, sum);
}

struct Found {
  Rank rank;
  std::string group;
  const FilterDescription* filter;
};

}  // namespace

const std::string& label_of(const FilterDescription& filter) {
  return filter.label.empty() ? filter.name : filter.label;
}

std::vector<FilterGroup> find_filters(const std::vector<FilterDescription>& filters,
                                      const std::string& words) {
  std::istringstream text(lower_case(words));
  std::vector<std::string> list;
  for (std::string word; text >> word;) list.push_back(word);
  std::vector<Found> found;
  for (const auto& filter : filters) {
    if (const auto rank = rank_of(filter, list)) {
      found.push_back({*rank, filter.group.empty() ? "Other" : filter.group, &filter});
    }
  }
  std::ranges::sort(found, {}, [](const Found& one) {
    return std::tuple(one.rank, one.group, lower_case(label_of(*one.filter)));
  });
  std::vector<FilterGroup> groups;
  for (const auto& one : found) {
    auto group = std::ranges::find(groups, one.group, &FilterGroup::name);
    if (group == groups.end()) group = groups.insert(group, {one.group, {}});
    group->filters.push_back(one.filter);
  }
  return groups;
}

}  // namespace tilework::client

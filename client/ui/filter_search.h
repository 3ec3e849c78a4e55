// Which filters a user means by some words. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "schema/model/recipe.h"

namespace tilework::client {

// What a user calls the filter.
const std::string& label_of(const FilterDescription& filter);

struct FilterGroup {
  std::string name;
  std::vector<const FilterDescription*> filters;  // of the list that was searched
};

// The filters that have each of the words somewhere, by groups. Those with the words at the beginning of
// their label come first, then those with them elsewhere in a name, then those that only speak of them; so do
// the groups, by their best filter. Without words all filters come, in the order of the alphabet.
std::vector<FilterGroup> find_filters(const std::vector<FilterDescription>& filters,
                                      const std::string& words);

}  // namespace tilework::client

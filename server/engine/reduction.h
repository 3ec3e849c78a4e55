// Recipes for an image that was reduced: parameters in pixels shrink with it. Pure; any thread.
#pragma once

#include <span>
#include <vector>

#include <tilework/types.h>

#include "schema/model/recipe.h"

namespace tilework::engine {

// The values of a filter's parameters for an image of 1/2^level of its size: those whose unit is pixels are
// divided, and put to the nearest value that is allowed.
std::vector<PackedValue> reduced_values(const FilterDescription& filter, std::vector<PackedValue> values,
                                        int level);

// Whether the filter can only show about what it does at full size: it reads neighbours, and how far isn't
// given in pixels, or can't be put within a quarter of what it should be. `values` are those of full size.
bool is_approximate(const FilterDescription& filter, std::span<const PackedValue> values, const Halo& halo,
                    int level);

}  // namespace tilework::engine

// What a plugin's table says of a filter, as a value of ours. Pure; any thread.
#pragma once

#include <span>
#include <string>

#include <tilework/abi.h>

#include "schema/model/recipe.h"

namespace tilework::engine {

// The declaration of a filter, copied out of its table. Throws FilterError when the table makes no sense.
FilterDescription description_of(const TileworkFilter& table);

// What is wrong with the filters that a library is said to export, wherever that comes from: names, lengths,
// counts and numbers on which others rely. Empty where nothing is.
std::string fault_of(std::span<const FilterDescription> filters);

}  // namespace tilework::engine

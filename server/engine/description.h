// What a plugin's table says of a filter, as a value of ours. Pure; any thread.
#pragma once

#include <tilework/abi.h>

#include "schema/model/recipe.h"

namespace tilework::engine {

// The declaration of a filter, copied out of its table. Throws FilterError when the table makes no sense.
FilterDescription description_of(const TileworkFilter& table);

}  // namespace tilework::engine

// How long a name may be that comes from outside. Pure; any thread.
#pragma once

#include <string>

#include <capnp/blob.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"

namespace tilework::master {

// Throws UserError: whoever gives a longer one is told so, rather than found under another. `whose` is "a
// client".
inline void check_name(capnp::Text::Reader name, const char* whose) {
  if (name.size() <= longest_name) return;
  throw UserError("the name of " + std::string(whose) + " has " + std::to_string(name.size()) +
                  " bytes; at most " + std::to_string(longest_name) + " are taken");
}

}  // namespace tilework::master

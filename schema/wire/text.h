// Texts from Cap'n Proto as strings. Pure; any thread.
#pragma once

#include <string>

#include <capnp/blob.h>

namespace tilework::wire {

inline std::string text(capnp::Text::Reader from) {
  return {from.begin(), from.end()};
}

}  // namespace tilework::wire

// What targets of libFuzzer share: each takes bytes that somebody may send, and nothing but an Error comes of
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <kj/exception.h>

#include "schema/model/error.h"

namespace tilework::fuzz {

using Bytes = std::span<const std::uint8_t>;

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Runs what may refuse its input. Anything else that is thrown, or happens, is a finding.
template <class Body>
void may_refuse(Body&& body) {
  try {
    body();
  } catch (const Error&) {
  } catch (const kj::Exception&) {
  }
}

// To be defined by each target.
void run(Bytes bytes);

}  // namespace tilework::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tilework::fuzz::run({data, size});
  return 0;
}

// Bytes of results into a file at a place, and what is said where that fails. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "schema/model/error.h"

namespace tilework::imageio {

// Writes all of them; the system's error number where that can't be done, or 0.
int write_at(int fd, const void* data, std::size_t bytes, std::int64_t at);

// A write that failed with the system's error number.
class WriteError : public Error {
 public:
  explicit WriteError(int number);
  int number() const { return number_; }

 private:
  int number_;
};

// Throws WriteError: of a write that failed with the system's error number; or, without one,
// tilework::Error: of an encoder.
[[noreturn]] void refuse_to_write(int error);

}  // namespace tilework::imageio

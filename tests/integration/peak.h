// What memory a process has had.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/integration/process.h"

namespace tilework::test {

// The most at a time, in MiB (proc(5)).
inline std::uint64_t peak_of(const Process& process) {
  std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
  for (std::string word; status >> word;) {
    if (std::uint64_t kibibytes = 0; word == "VmHWM:" && status >> kibibytes) return kibibytes >> 10;
  }
  throw std::runtime_error("the system doesn't tell what memory a process has had");
}

}  // namespace tilework::test

// What memory a process has, as it can find out by itself.
#pragma once

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace tilework::test {

struct Mapping {
  volatile unsigned char* begin;
  volatile unsigned char* end;
  bool is_slab;
};

// Those with these rights at least: "r", or "rw".
inline std::vector<Mapping> mappings(const char* rights) {
  std::vector<Mapping> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    std::array<char, 5> allowed{};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, allowed.data()) != 3)
      continue;
    if (std::strstr(allowed.data(), rights) == nullptr || line.find("[v") != std::string::npos) continue;
    found.push_back({reinterpret_cast<unsigned char*>(begin), reinterpret_cast<unsigned char*>(end),
                     line.find("memfd:tilework-slab") != std::string::npos});
  }
  return found;
}

}  // namespace tilework::test

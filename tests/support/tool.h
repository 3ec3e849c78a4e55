// Other people's programs, as oracles: what do they say of a file that we wrote, or write for us to read?
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace tilework::test {

// Runs a line of shell, and gives what it prints. Throws when it fails: a tool that isn't there fails the
// test.
inline std::string output_of(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("can't run " + command);
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), pipe))
    text.append(piece.data(), got);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed: " + text);
  return text;
}

}  // namespace tilework::test

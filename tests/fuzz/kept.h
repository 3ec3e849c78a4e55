// Files of the corpora, for targets that need a sound one.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace tilework::fuzz {

// By its place below tests/fuzz/corpus.
inline std::string kept_file(const std::string& name) {
  std::ifstream file(std::string(TILEWORK_FUZZ_CORPUS) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tilework::fuzz

// What the files of a source tree include. Reads files; one thread.
#pragma once

#include <filesystem>
#include <istream>
#include <map>
#include <string>
#include <vector>

namespace tilework::test {

// One #include line, as written: `"schema/model/error.h"` or `<string>`, without its quotes or brackets.
struct Include {
  std::string name;
  int line;
};

std::vector<Include> includes_of(std::istream& source);

// The .h, .cpp and .c files below the folders of a source tree, by path from its root. Every folder has to
// exist.
using SourceTree = std::map<std::string, std::vector<Include>>;
SourceTree read_sources(const std::filesystem::path& root, const std::vector<std::string>& folders);

}  // namespace tilework::test

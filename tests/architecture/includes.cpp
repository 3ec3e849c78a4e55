#include "tests/architecture/includes.h"

#include <fstream>
#include <regex>

namespace tilework::test {

namespace fs = std::filesystem;

std::vector<Include> includes_of(std::istream& source) {
  static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"].*)");
  std::vector<Include> includes;
  std::string text;
  std::smatch match;
  for (int line = 1; std::getline(source, text); ++line) {
    if (std::regex_match(text, match, pattern)) includes.push_back({match[1], line});
  }
  return includes;
}

SourceTree read_sources(const fs::path& root, const std::vector<std::string>& folders) {
  SourceTree tree;
  for (const auto& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp" && extension != ".c") continue;
      std::ifstream source(entry.path());
      tree[fs::relative(entry.path(), root).string()] = includes_of(source);
    }
  }
  return tree;
}

}  // namespace tilework::test

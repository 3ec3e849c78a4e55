// What reads messages of strangers is fuzzed: each reader that schema/wire declares is in the table of the
// target `messages`.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As a reader's parameter names it ("capnp::List<rpc::Finding>::Reader"), in the words of the table.
std::string entry_for(const std::string& reader, const std::string& type) {
  const std::string list = "capnp::List<";
  if (type.starts_with(list)) return "read_list<" + type.substr(list.size());
  if (reader != "read" || type == "rpc::Findings") return reader == "read" ? "read_findings" : reader;
  return "read<" + type + ">";
}

}  // namespace

TEST_CASE("every reader of schema/wire is fuzzed") {
  const fs::path root = TILEWORK_SOURCE_DIR;
  const std::string table = text_of(root / "tests/fuzz/messages.cpp");
  const std::regex declaration(R"((read\w*)\(([\w:<>]+)::Reader from)");
  unsigned readers = 0;
  for (const auto& file : fs::directory_iterator(root / "schema/wire")) {
    if (file.path().extension() != ".h") continue;
    const std::string text = text_of(file.path());
    for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end;
         ++match, ++readers) {
      const auto entry = entry_for((*match)[1], (*match)[2]);
      INFO(match->str() << " in " << file.path() << ": " << entry);
      CHECK(table.find(entry + ",\n") != std::string::npos);
    }
  }
  CHECK(readers > 25);
}

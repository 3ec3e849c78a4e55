// Where a master keeps what outlives it.
#include "schema/model/state_folder.h"

#include <cstdlib>
#include <fstream>
#include <optional>

#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "server/state_folder.h"
#include "tests/support/temp_dir.h"

using namespace tilework;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// Another value of an environment variable, while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name); before != nullptr) before_ = before;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

fs::perms mode_of(const fs::path& path) {
  return fs::status(path).permissions();
}

}  // namespace

TEST_CASE("the state folder follows the user's environment") {
  const Variable home("HOME", "/home/ada");
  {
    const Variable state("XDG_STATE_HOME", "/var/state");
    CHECK(default_state_folder() == "/var/state/tilework");
  }
  {
    const Variable state("XDG_STATE_HOME", "relative");
    CHECK(default_state_folder() == "/home/ada/.local/state/tilework");
  }
  const Variable state("XDG_STATE_HOME", nullptr);
  CHECK(default_state_folder() == "/home/ada/.local/state/tilework");
  const Variable nowhere("HOME", nullptr);
  CHECK(default_state_folder().empty());
}

TEST_CASE("a state folder is made for its user alone, and one that is there stays as it is") {
  const test::TempDir folder;
  const fs::path state = folder.path() / "a/b/state";
  server::make_state_folder(state.string() + "/");
  CHECK(mode_of(state) == fs::perms::owner_all);
  CHECK(mode_of(folder.path() / "a") == fs::perms::owner_all);
  fs::permissions(state, fs::perms(0755));
  server::make_state_folder(state);
  CHECK(mode_of(state) == fs::perms(0755));
}

TEST_CASE("a state folder that can't be made is told with the reason and what to try") {
  const test::TempDir folder;
  std::ofstream(folder.file("file")) << "no folder";
  CHECK_THROWS_WITH(server::make_state_folder(folder.path() / "file/state"),
                    Contains("Not a directory") && Contains("--state"));
  CHECK_THROWS_WITH(server::make_state_folder(folder.path() / "file"), Contains("Not a directory"));
  CHECK_THROWS_WITH(server::make_state_folder("/proc/tilework"), Contains("/proc/tilework can't be used"));
  CHECK_THROWS_WITH(server::make_state_folder(""), Contains("$HOME") && Contains("--state"));
}

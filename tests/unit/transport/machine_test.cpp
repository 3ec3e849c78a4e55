// What a process says of its machine and itself, beside what the system's own tools say.
#include "schema/transport/machine.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

using namespace tilework;
using namespace tilework::transport;

namespace {

std::string said_by(const std::string& command, const test::TempDir& folder) {
  const std::string file = folder.file("said");
  REQUIRE(std::system((command + " > " + file).c_str()) == 0);
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

}  // namespace

TEST_CASE("a machine and a user are called what the system calls them") {
  const test::TempDir folder;
  CHECK(host_name() == said_by("uname -n", folder));
  CHECK(user_name() == said_by("id -un", folder));
}

TEST_CASE("the room on a file system is what df says, and of a folder that is missing nothing") {
  const test::TempDir folder;
  const double bytes =
      std::stod(said_by("df --output=avail -B1 " + folder.path().string() + " | tail -1", folder));
  CHECK(static_cast<double>(free_bytes(folder.path().string())) == Approx(bytes).epsilon(0.05));
  CHECK(free_bytes(folder.file("missing")) == 0);
}

TEST_CASE("open descriptors are counted one by one") {
  const auto before = descriptor_use();
  const int one = ::open("/dev/null", O_RDONLY), two = ::dup(one);
  const auto after = descriptor_use();
  CHECK(after.open == before.open + 2);
  ::close(one);
  ::close(two);
  CHECK(descriptor_use().open == before.open);
  CHECK(before.limit == static_cast<std::uint32_t>(::sysconf(_SC_OPEN_MAX)));
}

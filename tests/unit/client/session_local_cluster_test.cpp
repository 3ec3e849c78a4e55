// The private cluster, with scripts in the place of its server.
#include <cerrno>
#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>

#include "client/session/local_cluster.h"
#include "schema/model/error.h"
#include "tests/support/temp_dir.h"

using namespace tilework;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// A server that runs these lines. They find the ready file's name in $ready.
class Script {
 public:
  explicit Script(const std::string& lines) {
    std::ofstream(path()) << "#!/bin/sh\n"
                             "while [ $# -gt 1 ]; do [ \"$1\" = --ready-file ] && ready=$2; shift; done\n"
                             "echo $$ > "
                          << folder_.file("pid") << "\n"
                          << lines;
    fs::permissions(path(), fs::perms::owner_all);
  }

  client::LocalClusterOptions options() const {
    client::LocalClusterOptions options;
    options.server = path();
    return options;
  }

  bool is_running() const {
    pid_t pid = 0;
    std::ifstream(folder_.file("pid")) >> pid;
    REQUIRE(pid > 0);
    return ::kill(pid, 0) == 0;
  }

 private:
  std::string path() const { return folder_.file("server"); }

  test::TempDir folder_;
};

constexpr const char* tell_address = "echo 127.0.0.1:4321 > $ready.partial; mv $ready.partial $ready\n";

}  // namespace

TEST_CASE("a private cluster can be used when its server says so, and ends with its object") {
  const Script script(std::string(tell_address) + "exec sleep 1000\n");
  {
    const client::LocalCluster cluster(script.options());
    CHECK(cluster.endpoint() == transport::Endpoint{"127.0.0.1", 4321});
    CHECK(script.is_running());
  }
  CHECK_FALSE(script.is_running());
}

TEST_CASE("a server that ends while it starts is quoted") {
  const Script script("echo 'no plugin folder' >&2; exit 2\n");
  CHECK_THROWS_WITH(client::LocalCluster(script.options()),
                    Contains("ended while it started: no plugin folder"));
}

TEST_CASE("a server that isn't there is told with what to try") {
  client::LocalClusterOptions options;
  options.server = "/nowhere/tilework-server";
  CHECK_THROWS_WITH(client::LocalCluster(options),
                    Contains("/nowhere/tilework-server") && Contains("--master"));
}

TEST_CASE("the start of a private cluster can be stopped") {
  const Script script("exec sleep 1000\n");
  std::stop_source stop;
  stop.request_stop();
  try {
    const client::LocalCluster cluster(script.options(), stop.get_token());
    FAIL("it started");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::cancelled);
  }
}

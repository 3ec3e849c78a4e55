// Who may join as a worker.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <kj/vector.h>
#include <unistd.h>

#include "schema/master.capnp.h"
#include "schema/model/error.h"
#include "schema/model/version.h"
#include "schema/transport/errors.h"
#include "tests/integration/cluster.h"
#include "tests/support/rpc_peer.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;

// Somebody who reaches the port, and says that he is a worker.
class Stranger {
 public:
  explicit Stranger(const std::string& master) : peer_(master) {}

  rpc::Master::Client master() { return peer_.master(); }

  // Why he may not; empty if he may.
  std::string refusal(const std::string& secret) {
    auto request = master().joinRequest();
    auto worker = request.initWorker();
    worker.setName("stranger");
    worker.setSlots(1);
    worker.setVersion(version);
    request.setSecret(secret);
    try {
      memberships_.add(request.send().wait(scope()).getMembership());
    } catch (const kj::Exception& error) {
      fault_ = transport::from_kj(error).fault();
      return transport::from_kj(error).what();
    }
    return "";
  }
  Fault fault() const { return fault_; }  // of the last refusal

  kj::WaitScope& scope() { return peer_.scope(); }

 private:
  RpcPeer peer_;
  kj::Vector<rpc::Membership::Client> memberships_;
  Fault fault_ = Fault::failed;
};

std::string secret_of(Cluster& cluster) {
  std::string line;
  std::getline(std::ifstream(cluster.folder().file("state/join-secret")), line);
  REQUIRE(line.size() == 64);
  return line;
}

constexpr uid_t nobody = 65534;

std::vector<std::string> as_nobody(std::vector<std::string> command) {
  const std::string id = std::to_string(nobody);
  command.insert(command.begin(), {"/usr/bin/setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups"});
  return command;
}

// A folder with all that is in it, or a file.
void give_to_nobody(const std::filesystem::path& path) {
  REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
  if (!std::filesystem::is_directory(path)) return;
  for (const auto& entry : std::filesystem::directory_iterator(path)) give_to_nobody(entry.path());
}

// Tells people why a test doesn't run.
bool is_skipped() {
  const TempDir folder;
  const bool possible =
      ::geteuid() == 0 &&
      run(as_nobody({"/usr/bin/test", "-x", program("tilework-server")}), folder.path() / "probe").code == 0;
  if (!possible) std::cout << "skipped: only root runs a worker as another user, who can read the program\n";
  return !possible;
}

std::string status(Cluster& cluster) {
  const auto status = cluster.tilework({"status"});
  REQUIRE(status.code == 0);
  return status.output;
}

}  // namespace

TEST_CASE("over the network, also this machine's, a worker joins with the join secret alone") {
  Cluster cluster(1);
  Stranger stranger(cluster.address());
  const std::string right = secret_of(cluster);
  std::string nearly = right;
  nearly.back() = nearly.back() == '0' ? '1' : '0';
  CHECK_THAT(stranger.refusal(""), Contains("--join-secret FILE") && Contains("mode 0600"));
  CHECK(stranger.fault() == Fault::denied);
  CHECK_THAT(stranger.refusal(nearly), Contains("isn't this master's") && Contains("--join-secret FILE"));
  CHECK_THAT(status(cluster), !Contains("stranger"));
  CHECK_THAT(cluster.master().errors(), Contains("worker refused peer=127.0.0.1:"));
  CHECK(stranger.refusal(right).empty());
  CHECK_THAT(status(cluster), Contains("stranger"));
  CHECK_THAT(cluster.master().errors(), !Contains(right) && !Contains(nearly));
}

TEST_CASE("a worker of this machine and user needs no secret, and the master's log says how others come") {
  Cluster cluster(0);
  cluster.start_worker({"--state", cluster.folder().file("other-state")});  // where no secret lies
  CHECK_THAT(cluster.master().errors(), Contains("file=" + cluster.folder().file("state/join-secret")) &&
                                            Contains("command=\"tilework-server worker --master " +
                                                     cluster.address() + " --join-secret FILE"));
  CHECK(std::filesystem::status(cluster.folder().file("state/join-secret")).permissions() ==
        std::filesystem::perms(0600));
}

// The local socket takes its connection, and then hangs up.
TEST_CASE("a worker of another user on its master's machine comes over the network, by the join secret") {
  if (is_skipped()) return;
  Cluster cluster(0);
  const TempDir folder;
  const std::vector<std::string> command =
      as_nobody({program("tilework-server"), "worker", "--master", cluster.address(), "--plugins",
                 folder.file("plugins"), "--state", folder.file("state")});
  std::filesystem::create_directory(folder.path() / "plugins");
  std::filesystem::create_directory(folder.path() / "state");
  give_to_nobody(folder.path());
  {
    Process worker(command, cluster.folder().path() / "without");
    wait_for_log(worker, "master not joined");
    CHECK_THAT(worker.errors(), Contains("--join-secret FILE") && Contains("as the same user"));
  }
  std::filesystem::copy_file(cluster.folder().file("state/join-secret"), folder.file("state/join-secret"));
  give_to_nobody(folder.file("state/join-secret"));
  const Process worker(command, cluster.folder().path() / "with");
  cluster.wait_for_workers(1);
  wait_for_log(worker, "joined master=");
  CHECK_THAT(worker.errors(), Contains("memory=own"));
  const std::string photo = cluster.folder().file("photo.png"), out = cluster.folder().file("out.png"),
                    reference = cluster.folder().file("reference.png");
  write_photo(photo, {600, 400});
  run_reference(photo, reference, {{"gaussian-blur", {}}});
  const auto done = cluster.tilework({"apply", photo, "-f", "gaussian-blur", "-o", out});
  INFO(done.errors);
  CHECK(done.code == 0);
  CHECK(difference_of_files(out, reference).empty());
}

TEST_CASE("one connection is a worker's or a client's, and not both") {
  Cluster cluster(1);
  const std::string right = secret_of(cluster);
  {
    Stranger client(cluster.address());
    auto session = client.master().openSessionRequest().send().wait(client.scope()).getSession();
    CHECK_THAT(client.refusal(right), Contains("make another one"));
  }
  Stranger worker(cluster.address());
  REQUIRE(worker.refusal(right).empty());
  CHECK_THROWS_WITH(worker.master().openSessionRequest().send().wait(worker.scope()),
                    Contains("make another one"));
}

TEST_CASE("a secret that others can read, or that isn't there, ends a worker with a sentence") {
  Cluster cluster(0);
  const std::string open = cluster.folder().file("open");
  std::filesystem::copy_file(cluster.folder().file("state/join-secret"), open);
  std::filesystem::permissions(open, std::filesystem::perms(0644));
  const auto end_of = [&](const std::string& secret) {
    return run({program("tilework-server"), "worker", "--master", cluster.address(), "--plugins",
                cluster.folder().file("plugins"), "--state", cluster.folder().file("state"), "--join-secret",
                secret},
               cluster.folder().path() / "worker");
  };
  const auto exposed = end_of(open);
  CHECK(exposed.code == 2);
  CHECK_THAT(exposed.errors, Contains(open) && Contains("chmod 600"));
  const auto missing = end_of(cluster.folder().file("nowhere"));
  CHECK(missing.code == 2);
  CHECK_THAT(missing.errors, Contains("can't be read") && Contains("No such file"));
}

}  // namespace tilework::test

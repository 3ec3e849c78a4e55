// Who may administer, and what those hear who may not or can't.
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client/admin/admin_session.h"
#include "client/admin/token_file.h"
#include "schema/master.capnp.h"
#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "tests/integration/cluster.h"
#include "tests/support/rpc_peer.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

auto guess(RpcPeer& peer, const std::string& token) {
  auto request = peer.master().openAdminRequest();
  request.setToken(token);
  return request.send();
}

template <class Promise>
Error error_of(Promise promise, kj::WaitScope& scope) {
  try {
    promise.wait(scope);
  } catch (const kj::Exception& error) {
    return transport::from_kj(error);
  }
  return {Fault::user, "it did not fail"};
}

void write(const fs::path& file, const std::string& text, fs::perms mode = fs::perms(0600)) {
  std::ofstream(file) << text;
  fs::permissions(file, mode);
}

Finished admin(TempDir& folder, const std::string& masters, const std::string& token_file,
               const std::string& command = "workers") {
  return run({program("tilework-admin"), command, "--master", masters, "--token-file", token_file},
             folder.path() / "admin");
}

}  // namespace

TEST_CASE("who guesses the token gets nothing, and disturbs nobody") {
  Cluster cluster(1);
  const std::string right = client::read_token_file(cluster.token_file());
  std::string nearly = right;
  nearly.back() = nearly.back() == '0' ? '1' : '0';
  RpcPeer peer(cluster.address());
  std::vector<capnp::RemotePromise<rpc::Master::OpenAdminResults>> guesses;
  for (const std::string& token : {std::string(), right.substr(0, 63), nearly})
    guesses.push_back(guess(peer, token));
  auto last = guess(peer, right);
  CHECK(cluster.session().status().get().workers.size() == 1);
  for (auto& failed : guesses) {
    auto admin = failed.getAdmin();  // a capability of the failed call
    CHECK(error_of(kj::mv(failed), peer.scope()).fault() == Fault::denied);
    CHECK(error_of(admin.workersRequest().send(), peer.scope()).fault() == Fault::denied);
  }
  auto admin = last.wait(peer.scope()).getAdmin();
  CHECK(admin.workersRequest().send().wait(peer.scope()).getWorkers().size() == 1);
}

TEST_CASE("a client's capability is no administrator's") {
  Cluster cluster(1);
  RpcPeer peer(cluster.address());
  auto admin = peer.session().castAs<rpc::Admin>();
  CHECK_THAT(error_of(admin.jobsRequest().send(), peer.scope()).what(), Contains("not implemented"));
  auto request = admin.drainRequest();
  request.setWorker("1");
  request.setDraining(true);
  CHECK_THAT(error_of(request.send(), peer.scope()).what(), Contains("not implemented"));
}

TEST_CASE("the token never stands in the log") {
  Cluster cluster(0);
  const std::string token = client::read_token_file(cluster.token_file());
  write(cluster.folder().file("wrong"), std::string(64, 'b'));
  CHECK(cluster.admin({"jobs"}).code == 0);
  CHECK(admin(cluster.folder(), cluster.address(), cluster.folder().file("wrong")).code == 5);
  CHECK_THAT(cluster.master().errors(),
             Contains("administrators show the token in file=" + cluster.token_file()) &&
                 Contains("wrong administrator's token peer=127.0.0.1:") && !Contains(token) &&
                 !Contains(std::string(64, 'b')));
}

TEST_CASE("a token that can't be used is exit code 5, and says where the right one lies") {
  Cluster cluster(0);
  auto& folder = cluster.folder();
  write(folder.file("wrong"), std::string(64, 'b') + "\n");
  write(folder.file("open"), std::string(64, 'b') + "\n", fs::perms(0644));
  write(folder.file("empty"), "");
  struct Case {
    std::string file;
    std::string said;
  };
  for (const auto& [file, said] :
       {Case{"wrong", "refuses the token"}, Case{"open", "chmod 600"}, Case{"empty", "holds no token"},
        Case{"none", "doesn't exist"}, Case{"plugins", "is no file"}}) {
    INFO(file);
    const auto finished = admin(folder, cluster.address(), folder.file(file));
    CHECK(finished.code == 5);
    CHECK(finished.output.empty());
    CHECK_THAT(finished.errors, Contains(said) && Contains("on the master's machine") &&
                                    Contains("mode 0600") && Contains("--token-file"));
  }
  const auto masters = admin(folder, cluster.address(), folder.file("wrong"), "masters");
  CHECK(masters.code == 5);
  CHECK_THAT(masters.output, Contains("wrong token") && Contains("mode 0600"));
}

TEST_CASE("a master that can't be reached is exit code 3, and its row says why") {
  Cluster cluster(0);
  const std::string nobody = "127.0.0.1:9";
  const auto workers = admin(cluster.folder(), nobody, cluster.token_file());
  CHECK(workers.code == 3);
  CHECK_THAT(workers.errors,
             Contains("nobody answers at 127.0.0.1:9 (Connection refused)") && Contains("--master"));
  const auto none = admin(cluster.folder(), nobody, cluster.token_file(), "masters");
  CHECK(none.code == 3);
  CHECK_THAT(none.output, Contains("127.0.0.1:9  unreachable") && Contains("--master"));
  const auto one = admin(cluster.folder(), nobody + "," + cluster.address(), cluster.token_file(), "masters");
  CHECK(one.code == 0);
  CHECK_THAT(one.output, Contains("127.0.0.1:9") && Contains("unreachable") && Contains(cluster.address()) &&
                             Contains("ready"));
  // Lists come from the first that answers.
  CHECK(admin(cluster.folder(), nobody + "," + cluster.address(), cluster.token_file(), "jobs").code == 0);
}

TEST_CASE("a worker is drained at every master that knows it, whatever the others say") {
  Cluster first(0), second(0);
  first.start_worker({"--name", "mine"});
  const auto drain = [&](const std::string& masters, const std::string& worker) {
    return run(
        {program("tilework-admin"), "drain", worker, "--master", masters, "--token-file", first.token_file()},
        first.folder().path() / "drain");
  };
  const auto told = drain("127.0.0.1:9," + second.address() + "," + first.address(), "mine");
  CHECK(told.code == 0);
  CHECK_THAT(told.errors, Contains("not told: nobody answers at 127.0.0.1:9") &&
                              Contains("not told: the master at " + second.address() + " refuses the token"));
  CHECK_THAT(first.admin({"workers"}).output, Contains("drained"));
  CHECK(drain("127.0.0.1:9", "mine").code == 3);
  CHECK(drain(second.address(), "mine").code == 5);
  CHECK(drain("127.0.0.1:9," + first.address(), "nobody").code == 4);
}

TEST_CASE("a master doesn't start with a token that others can read, or a state folder that it can't use") {
  TempDir folder;
  fs::create_directory(folder.path() / "state");
  fs::create_directory(folder.path() / "plugins");
  const auto start = [&](const std::string& state) {
    return run({program("tilework-server"), "master", "--listen", "127.0.0.1:0", "--plugins",
                folder.file("plugins"), "--state", state},
               folder.path() / "master");
  };
  write(folder.path() / "state/admin-token", std::string(64, 'a') + "\n", fs::perms(0644));
  const auto open = start(folder.file("state"));
  CHECK(open.code == 2);
  CHECK_THAT(open.errors, Contains("admin-token") && Contains("chmod 600"));
  const auto nowhere = start("/proc/state");
  CHECK(nowhere.code == 2);
  CHECK_THAT(nowhere.errors, Contains("/proc/state can't be used") && Contains("--state"));
}

TEST_CASE("mistakes in the administrator's command line are exit code 2, and need no master") {
  TempDir folder;
  write(folder.file("text.so"), "no library");
  const std::vector<std::vector<std::string>> mistakes{{},
                                                       {"worker"},
                                                       {"drain"},
                                                       {"plugin"},
                                                       {"workers", "--watch", "soon"},
                                                       {"workers", "--watch", "0"},
                                                       {"logs", "--lines", "0"},
                                                       {"plugin", "install", folder.file("text.so")},
                                                       {"plugin", "install", folder.file("none.so")}};
  for (auto command : mistakes) {
    INFO((command.empty() ? "nothing" : command.back()));
    command.insert(command.begin(), program("tilework-admin"));
    const auto finished = run(command, folder.path() / "admin");
    CHECK(finished.code == 2);
    CHECK(finished.errors.starts_with("tilework-admin: "));
  }
  const auto help = run({program("tilework-admin"), "--help"}, folder.path() / "help");
  CHECK(help.code == 0);
  for (const char* code : {"    0 ", "    2 ", "    3 ", "    4 ", "    5 ", "  130 "}) {
    CHECK_THAT(help.output, Contains(code));
  }
}

}  // namespace tilework::test

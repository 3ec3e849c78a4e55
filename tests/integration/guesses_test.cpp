// Strangers who show wrong secrets by the thousand, as workers and as administrators, and hang up.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "schema/master.capnp.h"
#include "tests/integration/cluster.h"
#include "tests/support/hostile_peer.h"

// The sanitizer keeps back what is freed.
#if !defined(__SANITIZE_ADDRESS__)
namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto master_type = capnp::typeId<rpc::Master>();
constexpr std::uint16_t join_method = 1, open_admin_method = 2;
constexpr std::uint32_t calls_of_newcomer = 30;

std::uint64_t resident(const Process& process) {
  std::uint64_t all = 0, pages = 0;
  std::ifstream("/proc/" + std::to_string(process.pid()) + "/statm") >> all >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// As many guesses as a newcomer's budget allows, one behind the other. Stays until the first has been read.
void guess_and_hang_up(const std::string& master, const std::string& wrong) {
  HostilePeer peer(master);
  peer.bootstrap(0);
  for (std::uint32_t question = 1; question <= calls_of_newcomer; ++question) {
    if (question % 2 == 0) {
      peer.call<rpc::Master::JoinParams>(question, 0, false, master_type, join_method,
                                         [&](auto params) { params.setSecret(wrong); });
    } else {
      peer.call<rpc::Master::OpenAdminParams>(question, 0, false, master_type, open_admin_method,
                                              [&](auto params) { params.setToken(wrong); });
    }
  }
  peer.answered(0);
}

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t times = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++times;
  return times;
}

// The master's largest size, and the longest that a client waited for an answer, while something was done.
struct Watched {
  std::uint64_t resident = 0;
  Clock::duration answer{};
};

Watched watch(Cluster& cluster, std::future<void> work) {
  auto session = cluster.session();
  Watched watched;
  while (work.wait_for(10ms) != std::future_status::ready) {
    const auto begin = Clock::now();
    session.status().get();
    watched.answer = std::max(watched.answer, Clock::now() - begin);
    watched.resident = std::max(watched.resident, resident(cluster.master()));
  }
  work.get();
  return watched;
}

}  // namespace

TEST_CASE("wrong secrets cost the master nothing that outlives their connections, nor its clients time") {
  Cluster cluster(1);
  const std::string wrong(4 << 10, 'a');
  for (int i = 0; i < 100; ++i) guess_and_hang_up(cluster.address(), wrong);
  CHECK(cluster.joined() == 1);
  const auto before = resident(cluster.master());
  const auto watched = watch(cluster, std::async(std::launch::async, [&] {
                               for (int i = 0; i < 3'000; ++i) guess_and_hang_up(cluster.address(), wrong);
                             }));
  CHECK(watched.resident < before + (32 << 20));  // all that they sent is 370 MB
  CHECK(watched.answer < 1s);
  CHECK(cluster.joined() == 1);
  const std::string log = cluster.master().errors();
  CHECK(count(log, "worker refused peer=") >= 1);
  CHECK(count(log, "worker refused peer=") < 20);
  CHECK(count(log, "wrong administrator's token peer=") >= 1);
  CHECK(count(log, "wrong administrator's token peer=") < 20);
}
}  // namespace tilework::test
#endif

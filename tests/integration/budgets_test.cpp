// Peers of a master, and plugins, that would have it grow, recurse or run out of something. Beside each, a
// job runs.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "schema/master.capnp.h"
#include "schema/model/error.h"
#include "tests/integration/cluster.h"
#include "tests/integration/live_plugins.h"
#include "tests/support/hostile_peer.h"
#include "tests/support/rpc_peer.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

// What a server has of the system.
struct Size {
  std::size_t resident = 0;  // bytes
  std::size_t descriptors = 0;
};

Size size_of(const Process& process) {
  const std::filesystem::path folder = "/proc/" + std::to_string(process.pid());
  Size size;
  std::size_t all = 0;
  std::ifstream(folder / "statm") >> all >> size.resident;
  size.resident *= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;  // some are closed meanwhile
  for (auto entry = std::filesystem::directory_iterator(folder / "fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++size.descriptors;
  }
  return size;
}

// A cluster with a client whose job is to give what it always gives, whatever happens meanwhile.
class Disturbed : public Cluster {
 public:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::size_t spread = 600 << 20;  // what is freed is kept back
#else
  static constexpr std::size_t spread = 48 << 20;  // from job to job, and what one peer's budget takes
#endif

  // The number of hosts that are kept varies, and each has some.
  static constexpr std::size_t spread_of_descriptors = 20;

  explicit Disturbed(const std::vector<std::string>& master_options = {})
      : Cluster(1, master_options, {"--slots", "2"}), session_(session()) {
    write_photo(folder().file("good.png"), {900, 700});
    run_reference(folder().file("good.png"), folder().file("reference.png"),
                  {{"gaussian-blur", {}}, {"sharpen", {}}});
    run_good_job();  // what it takes the first time is no growth
    run_good_job();
    before_ = size_of(master());
  }

  // Runs while what is done to the master is done.
  void beside(const std::function<void()>& act) {
    auto job = begin_good_job();
    act();
    end_good_job(job);
  }

  // The master is as it was, and tells why it ended a connection.
  void check_unharmed(const std::string& told) {
    CHECK(master().running());
    CHECK(worker(0).running());
    CHECK(joined() == 1);
    run_good_job();
    const auto after = [this] { return size_of(master()); };
    CHECK_NOTHROW(wait_until(
        "descriptors", [&] { return after().descriptors <= before_.descriptors + spread_of_descriptors; }));
    CHECK(after().resident < before_.resident + spread);
    CHECK_THAT(master().errors(), Contains(told));
  }

  Size before() const {
    return before_;
  }

 private:
  std::future<client::JobOutcome> begin_good_job() {
    client::JobSpec spec;
    spec.input = folder().file("good.png");
    spec.output = folder().file("good-out.png");
    spec.name = "good.png";
    spec.recipe = {{"gaussian-blur", {}}, {"sharpen", {}}};
    spec.format = "png";
    spec.tile_width = spec.tile_height = 128;
    return session_.apply(spec);
  }
  void end_good_job(std::future<client::JobOutcome>& job) {
    job.get();
    CHECK(bytes_of_file(folder().file("good-out.png")) == bytes_of_file(folder().file("reference.png")));
    std::filesystem::remove(folder().file("good-out.png"));
  }
  void run_good_job() {
    auto job = begin_good_job();
    end_good_job(job);
  }

  client::Session session_;
  Size before_;
};

using Filters = rpc::ClientSession::FiltersParams;
using Upload = rpc::ClientSession::UploadParams;
constexpr auto session_type = capnp::typeId<rpc::ClientSession>();
constexpr std::uint16_t filters_method = 0, upload_method = 1;

// Asks so often, until nothing more is taken; how often it was. Answers come at once where they say something
// else than the revision that is known.
std::uint32_t ask_for_filters(HostilePeer& peer, std::uint32_t times, std::uint64_t known) {
  std::uint32_t asked = 0;
  const auto ask = [&] {
    return peer.call<Filters>(asked + 2, 1, true, session_type, filters_method,
                              [&](Filters::Builder params) { params.setKnown(known); });
  };
  while (asked < times && ask()) ++asked;
  return asked;
}

// Of who announces an image of `bytes`, by a question that is answered with what is to be done with it.
bool announce(HostilePeer& peer, std::uint32_t question, std::uint64_t bytes,
              const std::string& name = "x.tif") {
  return peer.call<Upload>(question, 1, true, session_type, upload_method, [&](Upload::Builder params) {
    params.setName(name);
    params.setSize(bytes);
  });
}

}  // namespace

TEST_CASE("a million questions on one connection end it, and nothing else") {
  Disturbed cluster;
  cluster.beside([&] {
    HostilePeer peer(cluster.address());
    std::uint32_t question = 0;
    while (question < 1'000'000 && peer.bootstrap(question)) ++question;
    CHECK(question < 1'000'000);
    CHECK(peer.closed_within(15s));
  });
  cluster.check_unharmed("it has more calls under way than a newcomer may: 32");
}

TEST_CASE("a client that waits a hundred thousand times for other filters is one that was") {
  Disturbed cluster;
  const auto revision = cluster.session().filters().get().revision;
  cluster.beside([&] {
    HostilePeer peer(cluster.address());
    REQUIRE(peer.open_session());
    ask_for_filters(peer, 100'000, revision);  // who is at fault is heard out for a while
    CHECK(peer.closed_within(15s));
  });
  cluster.check_unharmed("it has more calls under way than a client may");
}

TEST_CASE("of a client that doesn't take its answers nothing more is read") {
  Disturbed cluster;
  cluster.beside([&] {
    HostilePeer peer(cluster.address());
    REQUIRE(peer.open_session());
    // Each answer lists all filters, in some 20 kB: together they would be 2 GB.
    CHECK(ask_for_filters(peer, 100'000, 0) < 100'000);
    CHECK(size_of(cluster.master()).resident < cluster.before().resident + Disturbed::spread + (16 << 20));
  });
  cluster.check_unharmed("client left client=\"hostile\"");
}

TEST_CASE("what a stranger begins to send is small") {
  Disturbed cluster;
  cluster.beside([&] {
    for (int i = 0; i < 6; ++i) {
      HostilePeer peer(cluster.address());
      peer.begin_message(200 << 20, 100 << 20);
      CHECK(peer.closed_within(15s));
    }
  });
  cluster.check_unharmed("it sends a message of 209715200 bytes; a newcomer may send 65536");
}

// Unless the master reads on, what it says is lost with the socket that it closes on bytes on their way.
TEST_CASE("who sends too much hears why, and also while he is still sending") {
  Cluster cluster(0);
  for (int time = 0; time < 20; ++time) {
    RpcPeer peer(cluster.address());
    auto request = peer.master().openAdminRequest();
    request.setToken(std::string(time % 2 == 0 ? 3 << 20 : 20 << 20, 'a'));
    CHECK_THAT(refusal_of(peer, request.send()), Contains("a newcomer may send 65536"));
  }
}

TEST_CASE("a client that holds on to a message for longer than it may be silent is given up") {
  Disturbed cluster({"--client-seconds", "2"});
  cluster.beside([&] {
    HostilePeer peer(cluster.address());
    REQUIRE(peer.open_session());
    CHECK(peer.begin_message(1 << 20, 1 << 10));
    CHECK(peer.closed_within(15s));
    HostilePeer trickles(cluster.address());
    REQUIRE(trickles.open_session());
    CHECK(trickles.begin_message(1 << 20, 1 << 10));
    for (int i = 0; i < 300 && !trickles.closed_within(50ms); ++i) trickles.send(kj::heapArray<kj::byte>(1));
    CHECK(trickles.closed_within(1s));
    HostilePeer greedy(cluster.address());
    REQUIRE(greedy.open_session());
    greedy.begin_message(200 << 20, 1 << 10);
    CHECK(greedy.closed_within(1s));
  });
  cluster.check_unharmed("nothing was heard of its client for");
}

TEST_CASE("ten thousand uploads that are announced take no descriptor") {
  Disturbed cluster;
  std::size_t most = 0;
  {
    HostilePeer peer(cluster.address());
    REQUIRE(peer.open_session());
    for (std::uint32_t question = 2; question < 10'000 && announce(peer, question, 3 << 20); ++question) {
      if (question % 200 == 0) most = std::max(most, size_of(cluster.master()).descriptors);
    }
    CHECK(peer.closed_within(15s));
  }
  CHECK(most <= cluster.before().descriptors + 2);  // its connection
  cluster.check_unharmed("it has more calls under way than a client may");
}

TEST_CASE("a name of 300 bytes is refused with that, and one of 60 MB before it has come") {
  Disturbed cluster;
  CHECK_FALSE(HostilePeer(cluster.address()).open_session(std::string(300, 'x')));
  CHECK_FALSE(HostilePeer(cluster.address()).open_session(std::string(60 << 20, 'x')));
  {
    HostilePeer client(cluster.address());
    REQUIRE(client.open_session(std::string(200, 'x')));
    CHECK(announce(client, 2, 100, std::string(256, 'x')));
    CHECK(client.answered(2));
    CHECK(announce(client, 3, 100, std::string(257, 'x')));
    CHECK_FALSE(client.answered(3));
  }
  cluster.check_unharmed("a newcomer may send 65536");
  const std::string text = cluster.master().errors();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    CHECK(end - begin < 1000);
    begin = end + 1;
  }
}

TEST_CASE("clients of one address are few enough to leave room for those of others") {
  Cluster cluster(1, {"--max-clients-per-address", "2"});
  auto first = cluster.session();
  CHECK(first.status().get().workers.size() == 1);
  {
    HostilePeer second(cluster.address());
    REQUIRE(second.open_session());
    CHECK_FALSE(HostilePeer(cluster.address()).open_session());
    HostilePeer twice(cluster.address());
    CHECK_FALSE(twice.open_session());
  }
  wait_until("the place", [&] { return HostilePeer(cluster.address()).open_session(); });
}

TEST_CASE("an upload of which no byte comes is given up, noted, and takes no room") {
  Cluster cluster(1, {"--upload-seconds", "0.5", "--max-spool", "8MiB"});
  HostilePeer peer(cluster.address());
  REQUIRE(peer.open_session("ada"));
  REQUIRE(announce(peer, 2, 6 << 20, "slow.tif"));
  REQUIRE(peer.answered(2));
  REQUIRE(announce(peer, 3, 6 << 20));
  CHECK_FALSE(peer.answered(3));  // together they would be too much
  wait_until("the line", [&] { return says(cluster, "no byte of it came for 500 ms"); });
  CHECK_THAT(line_of(cluster, "no byte of it came"), Contains("upload failed") && Contains("slow.tif"));
  REQUIRE(announce(peer, 4, 6 << 20));
  CHECK(peer.answered(4));
}

TEST_CASE("a filter that speaks over its host's socket fails its job with that, and disturbs nobody") {
  Disturbed cluster;
  write_photo(cluster.folder().file("bad.png"), {50, 50});
  auto session = cluster.session();
  const auto before = size_of(cluster.worker(0));
  cluster.beside([&] {
    client::JobSpec spec;
    spec.input = cluster.folder().file("bad.png");
    spec.output = cluster.folder().file("bad-out.png");
    spec.name = "bad.png";
    spec.recipe = {{"test-floods", {}}};
    spec.format = "png";
    std::string reason;
    try {
      session.apply(spec).get();
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::failed);
      reason = error.what();
    }
    CHECK_THAT(reason, Contains("test-floods 1.0.0") && Contains("it spoke out of turn"));
  });
  cluster.check_unharmed("it spoke out of turn: it asked for something");
  CHECK(size_of(cluster.worker(0)).resident < before.resident + (100 << 20));
}

TEST_CASE("a plugin that speaks over its host's socket while it is loaded is refused") {
  Disturbed cluster;
  cluster.beside([&] {
    std::filesystem::copy_file(live_plugin("scan_floods"), plugin_folder(cluster) / "scan_floods.so");
    wait_until("the refusal", [&] { return says(cluster, "plugin refused file=scan_floods.so"); });
  });
  CHECK_THAT(line_of(cluster, "plugin refused file=scan_floods.so"), Contains("it spoke out of turn"));
  cluster.check_unharmed("scan_floods.so");
}

}  // namespace tilework::test

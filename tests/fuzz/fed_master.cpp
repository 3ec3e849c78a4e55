#include "tests/fuzz/fed_master.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <thread>
#include <utility>

#include <kj/timer.h>
#include <unistd.h>

#include "schema/master.capnp.h"
#include "schema/transport/connection.h"
#include "server/imageio/initialise.h"
#include "server/master/master.h"
#include "server/secret/secret_file.h"
#include "tests/fuzz/quiet.h"

namespace tilework::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr unsigned longest_pauses = 64;  // seconds, as long as anything may stay after its connection
constexpr unsigned longest_looks = 100'000;

// Where connections come from.
class Listener final : public kj::ConnectionReceiver {
 public:
  void come(kj::Own<kj::AsyncIoStream> stream) {
    KJ_IF_MAYBE (waiting, std::exchange(waiting_, nullptr)) {
      (*waiting)->fulfill(kj::mv(stream));
    } else {
      streams_.push_back(kj::mv(stream));
    }
  }
  kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override {
    if (!streams_.empty()) {
      auto stream = kj::mv(streams_.front());
      streams_.pop_front();
      return kj::mv(stream);
    }
    auto pair = kj::newPromiseAndFulfiller<kj::Own<kj::AsyncIoStream>>();
    waiting_ = kj::mv(pair.fulfiller);
    return kj::mv(pair.promise);
  }
  kj::uint getPort() override { return 7400; }

 private:
  std::deque<kj::Own<kj::AsyncIoStream>> streams_;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<kj::Own<kj::AsyncIoStream>>>> waiting_;
};

// A network whose only address is the local socket's.
class Net final : public kj::Network, public kj::NetworkAddress {
 public:
  explicit Net(Listener*& local) : local_(local) {}

  kj::Promise<kj::Own<kj::NetworkAddress>> parseAddress(kj::StringPtr, kj::uint) override { return clone(); }
  kj::Own<kj::NetworkAddress> getSockaddr(const void*, kj::uint) override { return clone(); }
  kj::Own<kj::Network> restrictPeers(kj::ArrayPtr<const kj::StringPtr>,
                                     kj::ArrayPtr<const kj::StringPtr>) override {
    KJ_UNIMPLEMENTED("not here");
  }
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect() override { KJ_UNIMPLEMENTED("not here"); }
  kj::Own<kj::ConnectionReceiver> listen() override {
    auto listener = kj::heap<Listener>();
    local_ = listener.get();
    return listener;
  }
  kj::Own<kj::NetworkAddress> clone() override { return kj::heap<Net>(local_); }
  kj::String toString() override { return kj::str("local"); }

 private:
  Listener*& local_;
};

// What the system gives, but for the network and the time.
class Provider final : public kj::AsyncIoProvider {
 public:
  Provider(kj::Own<kj::AsyncIoProvider> real, kj::Timer& timer, Listener*& local)
      : real_(kj::mv(real)), timer_(timer), net_(local) {}

  kj::OneWayPipe newOneWayPipe() override { return real_->newOneWayPipe(); }
  kj::TwoWayPipe newTwoWayPipe() override { return real_->newTwoWayPipe(); }
  kj::Network& getNetwork() override { return net_; }
  PipeThread newPipeThread(
      kj::Function<void(kj::AsyncIoProvider&, kj::AsyncIoStream&, kj::WaitScope&)> start) override {
    return real_->newPipeThread(kj::mv(start));
  }
  kj::Timer& getTimer() override { return timer_; }

 private:
  kj::Own<kj::AsyncIoProvider> real_;
  kj::Timer& timer_;
  Net net_;
};

// For what outlives a master; it goes with this process.
fs::path& folder() {
  static fs::path made;
  return made;
}

master::MasterOptions options_in(const fs::path& place) {
  master::MasterOptions options;
  options.address = "192.0.2.1:7400";
  options.plugins = place / "plugins";
  options.state = place / "state";
  options.spool = place / "spool";
  options.filter_host.path = TILEWORK_FILTER_HOST;
  options.decoding_memory = 64 << 20;
  options.limits.image = {.pixels = 1 << 20, .side = 1 << 16, .decoder_bytes = 32 << 20};
  return options;
}

fs::path make_places() {
  std::string name = (fs::temp_directory_path() / "tilework-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  folder() = name;
  std::atexit([] { fs::remove_all(folder()); });
  for (const char* inside : {"plugins", "state", "spool"}) fs::create_directory(folder() / inside);
  for (const char* plugin : {"invert.so", "gaussian_blur.so", "auto_levels.so", "find_spots.so"}) {
    fs::copy_file(fs::path(TILEWORK_PLUGIN_DIR) / plugin, folder() / "plugins" / plugin);
  }
  return name;
}

[[noreturn]] void find(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

struct FedMaster::Parts {
  kj::AsyncIoContext real = kj::setupAsyncIo();
  kj::TimerImpl timer{kj::origin<kj::TimePoint>() + 1 * kj::SECONDS};
  std::shared_ptr<server::LogRing> log = quiet_log();
  master::MasterOptions options = options_in(make_places());
  Listener* network = nullptr;
  Listener* local = nullptr;
  kj::AsyncIoContext io{kj::mv(real.lowLevelProvider),
                        kj::heap<Provider>(kj::mv(real.provider), timer, local), real.waitScope,
                        real.unixEventPort};
  kj::Promise<void> running = nullptr;
  kj::Own<transport::Connection> watcher;
  kj::Maybe<rpc::Admin::Client> admin;
};

FedMaster& FedMaster::get() {
  static FedMaster& master = *new FedMaster;
  return master;
}

FedMaster::FedMaster() : parts_(std::make_unique<Parts>()) {
  imageio::initialise("tilework-fuzz");
  ::setenv("TMPDIR", parts_->options.spool.c_str(), 1);
  auto listener = kj::heap<Listener>();
  parts_->network = listener.get();
  parts_->running =
      master::run_master(parts_->io, kj::mv(listener), parts_->options, *parts_->log, [](std::size_t) {
      }).eagerlyEvaluate([](kj::Exception&& error) { find(error.getDescription().cStr()); });
  start();
}

void FedMaster::start() {
  const fs::path state = parts_->options.state;
  token_ = server::read_secret(state / server::admin_token.name, server::admin_token);
  join_secret_ = server::read_secret(state / server::join_secret.name, server::join_secret);
  for (unsigned i = 0; parts_->local == nullptr; ++i) {
    if (i == longest_looks) find("the master doesn't start");
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    work();
  }
  auto pipe = kj::newTwoWayPipe();
  parts_->network->come(kj::mv(pipe.ends[0]));
  parts_->watcher =
      kj::heap<transport::Connection>(kj::mv(pipe.ends[1]), capnp::rpc::twoparty::Side::CLIENT,
                                      transport::nothing(), transport::fixed(transport::master_budget));
  auto request = parts_->watcher->bootstrap().castAs<rpc::Master>().openAdminRequest();
  request.setToken(token_);
  work();
  parts_->admin = request.send().wait(parts_->io.waitScope).getAdmin();
}

void FedMaster::work() {
  for (int i = 0; i < 3; ++i) {
    parts_->io.waitScope.poll();
    parts_->timer.advanceTo(parts_->timer.now() + 1 * kj::MICROSECONDS);
  }
  parts_->io.waitScope.poll();
}

void FedMaster::pass(kj::Duration time) {
  parts_->timer.advanceTo(parts_->timer.now() + time);
  work();
}

std::shared_ptr<Feed> FedMaster::connect(bool is_local) {
  auto feed = std::make_shared<Feed>();
  if (is_local) {
    parts_->local->come(local_stream(feed));
  } else {
    parts_->network->come(network_stream(feed));
  }
  work();
  return feed;
}

bool FedMaster::is_empty() {
  auto overview = KJ_ASSERT_NONNULL(parts_->admin).overviewRequest().send().wait(parts_->io.waitScope);
  const auto now = overview.getOverview();
  return now.getClients() == 0 && now.getWorkers() == 0 && now.getJobsRunning() == 0 &&
         now.getJobsWaiting() == 0;
}

void FedMaster::part_from(Feed& feed) {
  feed.hang_up();
  work();
  for (unsigned i = 0; !feed.is_closed(); ++i) {
    if (i == longest_pauses) find("a connection stays open that was closed");
    pass(1 * kj::SECONDS);
  }
  for (unsigned i = 0; !is_empty(); ++i) {
    if (i == longest_looks) find("something of a connection stays that was closed");
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    work();
  }
}

}  // namespace tilework::fuzz

// What the data plane costs without codecs: pixels that are in memory through real workers and filter hosts,
// beside OpenCV on the whole image with as many threads; and segments of nothing, for the price of a segment.
// Prints a JSON object.
//
//   tilework-bench-engine [MEGAPIXELS]

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <kj/async-io.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/model/version.h"
#include "schema/transport/connection.h"
#include "schema/transport/local_socket.h"
#include "server/engine/executor.h"
#include "server/host/libraries/digest.h"
#include "server/host/libraries/plugin_library.h"
#include "server/master/dispatch/dispatcher.h"
#include "server/master/jobs/pass.h"

namespace {

using namespace tilework;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 5;

// As much of a master as workers need to see.
class Membership final : public rpc::Membership::Server {
 protected:
  kj::Promise<void> heartbeat(HeartbeatContext) override { return kj::READY_NOW; }
};

class JoinServer final : public rpc::Master::Server {
 public:
  JoinServer(master::Dispatcher& dispatcher, std::string local_socket)
      : dispatcher_(dispatcher), local_socket_(std::move(local_socket)) {}

 protected:
  kj::Promise<void> localSocket(LocalSocketContext context) override {
    context.getResults().setName(local_socket_);
    return kj::READY_NOW;
  }

  kj::Promise<void> join(JoinContext context) override {
    auto params = context.getParams();
    auto slabs = std::make_unique<host::SlabLink>();
    if (params.hasSlabs()) {
      slabs->sharer = std::make_unique<host::SlabSharer>(params.getSlabs());
      context.getResults().setSlabs(slabs->received.table());
    }
    dispatcher_.add_worker(params.getWorker(), params.getNode(), "local", std::move(slabs),
                           std::make_unique<pixel_codec::PixelLink>(packing_, transport::LinkRate(),
                                                                    pixel_codec::Packing::never));
    context.getResults().getMaster().setVersion(version);
    context.getResults().setMembership(kj::heap<Membership>());
    return kj::READY_NOW;
  }

 private:
  master::Dispatcher& dispatcher_;
  std::string local_socket_;
  transport::WorkThreads packing_{1};  // unused: workers here never pack
};

class NoPlugins final : public rpc::PluginSource::Server {};

class Workers {
 public:
  Workers(unsigned count, unsigned port, const fs::path& bin) {
    const std::string address = "127.0.0.1:" + std::to_string(port);
    for (unsigned i = 0; i < count; ++i) {
      std::vector<std::string> words{
          bin / "tilework-server", "worker", "--master",         address, "--slots", "1",
          "--log-level",           "error",  "--die-with-parent"};
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      pid_t pid = 0;
      if (::posix_spawn(&pid, words[0].c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
        throw std::runtime_error("a worker can't be started");
      }
      pids_.push_back(pid);
    }
  }
  ~Workers() {
    for (const pid_t pid : pids_) ::kill(pid, SIGTERM);
    for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
  }

 private:
  std::vector<pid_t> pids_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double seconds_of(const std::function<void()>& action) {
  const auto start = Clock::now();
  action();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Bench {
 public:
  Bench(kj::AsyncIoContext& io, fs::path bin)
      : io_(io),
        dispatcher_(io.provider->getTimer(), std::chrono::minutes(10), 1, kj::heap<NoPlugins>()),
        plugins_(bin.parent_path() / "plugins"),
        tasks_(errors_) {
    auto local = transport::listen_locally(io.provider->getNetwork()).wait(io.waitScope);
    local_ = kj::mv(local.receiver);
    tcp_ = io.provider->getNetwork().parseAddress("127.0.0.1", 0).wait(io.waitScope)->listen();
    tasks_.add(accept(*local_, {}));
    tasks_.add(accept(*tcp_, local.name));
    cores_ = std::max(1u, std::thread::hardware_concurrency());
    workers_ = std::make_unique<Workers>(cores_, tcp_->getPort(), bin);
    while (dispatcher_.workers() < cores_) {
      io.provider->getTimer().afterDelay(10 * kj::MILLISECONDS).wait(io.waitScope);
    }
  }

  unsigned cores() const { return cores_; }

  // The stage of one filter with its defaults on images of this size.
  wire::Stage stage_of(const std::string& filter, cv::Size size, cv::Size tile) {
    std::string name = filter + ".so";
    std::ranges::replace(name, '-', '_');
    const std::string file = plugins_ / name;
    const kj::AutoCloseFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const std::string digest = host::digest_of(fd);
    const auto& library = libraries_.try_emplace(filter, file, digest).first->second;
    dispatcher_.announce({digest});  // so that filter hosts which have loaded it are kept
    wire::Stage stage;
    for (const auto& description : library.filters()) {
      if (description.name == filter)
        stage.calls = {{filter, digest, pack_arguments(description, {filter, {}}), ""}};
    }
    std::vector<engine::BoundFilter> filters;
    filters.emplace_back(library.table(filter), stage.calls.at(0).values);
    auto steps = engine::describe_steps(filters, {Depth::u8, 3});
    if (tile.empty()) tile = engine::default_tile(size, steps);
    stage.plan = engine::make_plan(size, {Depth::u8, 3}, std::move(steps), tile);
    return stage;
  }

  using Look = std::function<void(cv::Rect, const cv::Mat&)>;

  // The image through the cluster; each row of tiles is looked at and given back.
  void run(const wire::Stage& stage, const cv::Mat& image, const Look& look) {
    int row = 0;
    auto read = [&row, &image](cv::Mat& rows) {
      image.rowRange(row, row + rows.rows).copyTo(rows);
      row += rows.rows;
    };
    int top = 0;
    auto pixels = [&](const std::vector<cv::Mat>& tiles) -> kj::Promise<void> {
      int left = 0;
      for (const cv::Mat& tile : tiles) {
        look({{left, top}, tile.size()}, tile);
        left += tile.cols;
      }
      top += tiles.front().rows;
      return kj::READY_NOW;
    };
    master::Pass pass(dispatcher_, slabs_, reader_, read, stage, {stage.calls[0].filter}, 1, 96 << 20,
                      {pixels, {}}, [] {});
    pass.run().wait(io_.waitScope);
  }

 private:
  struct Errors : kj::TaskSet::ErrorHandler {
    void taskFailed(kj::Exception&&) override {}
  };

  kj::Promise<void> accept(kj::ConnectionReceiver& listener, std::string local_socket) {
    return listener.accept().then([this, &listener, local_socket](kj::Own<kj::AsyncIoStream>&& stream) {
      auto connection = kj::heap<transport::Connection>(
          kj::mv(stream), capnp::rpc::twoparty::Side::SERVER, kj::heap<JoinServer>(dispatcher_, local_socket),
          transport::fixed(transport::worker_budget),
          local_socket.empty() ? transport::Descriptors::passed : transport::Descriptors::none);
      auto gone = connection->on_disconnect();
      tasks_.add(gone.attach(kj::mv(connection)));
      return accept(listener, local_socket);
    });
  }

  kj::AsyncIoContext& io_;
  master::Dispatcher dispatcher_;
  host::SlabPool slabs_{256 << 20};
  transport::WorkThreads reader_{1};
  fs::path plugins_;
  std::map<std::string, host::PluginLibrary> libraries_;
  Errors errors_;
  kj::Own<kj::ConnectionReceiver> local_, tcp_;
  kj::TaskSet tasks_;
  unsigned cores_ = 1;
  std::unique_ptr<Workers> workers_;
};

struct Times {
  double tilework;
  double opencv;
};

Times compare(Bench& bench, const std::string& filter, const cv::Mat& image,
              const std::function<void(const cv::Mat&, cv::Mat&)>& whole) {
  cv::setNumThreads(static_cast<int>(bench.cores()));
  cv::Mat expected;
  whole(image, expected);
  const auto stage = bench.stage_of(filter, image.size(), {});
  bench.run(stage, image, [&](cv::Rect place, const cv::Mat& tile) {
    if (cv::norm(tile, expected(place), cv::NORM_INF) != 0) throw std::runtime_error(filter + " isn't exact");
  });
  std::vector<double> ours, theirs;
  for (int i = 0; i < rounds; ++i) {
    ours.push_back(seconds_of([&] { bench.run(stage, image, [](cv::Rect, const cv::Mat&) {}); }));
    theirs.push_back(seconds_of([&] { whole(image, expected); }));
  }
  return {median(ours), median(theirs)};
}

// Segments a second, of tiles so small that their pixels cost nothing.
double null_segments(Bench& bench) {
  constexpr int side = 8, across = 100, down = 200;
  const cv::Mat image(down * side, across * side, CV_8UC3, cv::Scalar(1, 2, 3));
  const auto stage = bench.stage_of("invert", image.size(), {side, side});
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    int count = 0;
    times.push_back(seconds_of([&] {
      bench.run(stage, image, [&](cv::Rect, const cv::Mat& tile) {
        count += tile.at<cv::Vec3b>(0, 0) == cv::Vec3b(254, 253, 252) ? 1 : 0;
      });
    }));
    if (count != across * down) throw std::runtime_error("segments were lost");
  }
  return across * down / median(times);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int megapixels = argc > 1 ? std::atoi(argv[1]) : 177;
    spdlog::set_level(spdlog::level::warn);
    auto io = kj::setupAsyncIo();
    Bench bench(io, fs::read_symlink("/proc/self/exe").parent_path());
    cv::Mat image(megapixels * 1'000'000 / 16384, 16384, CV_8UC3);
    cv::randu(image, 0, 256);
    const auto blur = compare(bench, "gaussian-blur", image, [](const cv::Mat& in, cv::Mat& out) {
      cv::GaussianBlur(in, out, {31, 31}, 0);
    });
    const auto invert =
        compare(bench, "invert", image, [](const cv::Mat& in, cv::Mat& out) { cv::bitwise_not(in, out); });
    std::cout << "{\"blur\": {\"tilework\": " << blur.tilework << ", \"opencv\": " << blur.opencv
              << "}, \"invert\": {\"tilework\": " << invert.tilework << ", \"opencv\": " << invert.opencv
              << "}, \"null_segments\": " << null_segments(bench) << "}\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "tilework-bench-engine: " << error.what() << '\n';
  } catch (const kj::Exception& error) {
    std::cerr << "tilework-bench-engine: " << error.getDescription().cStr() << '\n';
  }
  return 1;
}

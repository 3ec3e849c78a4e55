#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <tilework/filter.h>
#include <unistd.h>

#include "test_filter.h"

namespace {

// Inverts, slowly: jobs last long enough for something to happen to them.
struct Slow {
  static constexpr tilework::About about{.name = "test-slow",
                                         .version = "1.0.0",
                                         .label = "Slow",
                                         .group = "Test",
                                         .help = "Inverts after a while."};
  int milliseconds = 20;

  static auto parameters() {
    return tilework::parameters(
        tilework::integer("milliseconds", &Slow::milliseconds).label("Time for a tile").range(0, 60000));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    cv::bitwise_not(in, out);
  }
};

struct Throws {
  static constexpr tilework::About about{
      .name = "test-throws", .version = "1.0.0", .label = "Throws", .group = "Test", .help = "Always fails."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray, cv::OutputArray) const {
    throw std::runtime_error("these pixels aren't to my taste");
  }
};

struct Crashes {
  static constexpr tilework::About about{.name = "test-crashes",
                                         .version = "1.0.0",
                                         .label = "Crashes",
                                         .group = "Test",
                                         .help = "Ends its process."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray, cv::OutputArray) const { std::raise(SIGSEGV); }
};

struct Hangs {
  static constexpr tilework::About about{
      .name = "test-hangs", .version = "1.0.0", .label = "Hangs", .group = "Test", .help = "Never answers."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray, cv::OutputArray) const {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }
};

TEST_FILTER(Aborts, "test-aborts", "Ends its process from a thread of its own.") {
  std::thread([] { std::abort(); }).join();
  in.copyTo(out);
}

TEST_FILTER(Allocates, "test-allocates", "Takes memory without end.") {
  std::vector<cv::Mat> all;
  while (true) all.emplace_back(1024, 1024, CV_8UC4, cv::Scalar::all(1));
  in.copyTo(out);
}

TEST_FILTER(Hoards, "test-hoards", "Takes memory of the C++ runtime without end.") {
  std::vector<std::vector<char>> all;
  while (true) all.emplace_back(1 << 20, 'x');
  in.copyTo(out);
}

TEST_FILTER(HoardsFiles, "test-hoards-files", "Takes memory without end in files that have no name.") {
  const std::vector<char> some(32 << 20, 'x');
  while (true) {
    const int fd = ::memfd_create("test", 0);
    if (::write(fd, some.data(), some.size()) < 0)
      throw std::system_error(errno, std::generic_category(), "write");
  }
  in.copyTo(out);
}

TEST_FILTER(WritesAfter, "test-writes-after", "Writes a byte behind its tile.") {
  in.copyTo(out);
  out.data[out.total() * out.elemSize()] ^= 1;
}

TEST_FILTER(WritesLate, "test-writes-late", "Writes a byte behind each 300th tile of a process.") {
  static int calls = 0;
  in.copyTo(out);
  if (++calls % 300 == 0) out.data[out.total() * out.elemSize()] ^= 1;
}

TEST_FILTER(WritesBefore, "test-writes-before", "Writes a byte in front of its tile.") {
  in.copyTo(out);
  out.data[-1] ^= 1;
}

TEST_FILTER(WritesFar, "test-writes-far", "Writes a megabyte behind its tile.") {
  in.copyTo(out);
  // Byte by byte: sanitizers look at the whole of a memset() before any of it is done.
  volatile uchar* behind = out.data + out.total() * out.elemSize();
  for (int i = 0; i < 1 << 20; ++i) behind[i] = 1;
}

TEST_FILTER(WritesInput, "test-writes-input", "Writes into the pixels that it should read.") {
  const_cast<cv::Mat&>(in).setTo(0);
  in.copyTo(out);
}

TEST_FILTER(Exits, "test-exits", "Calls exit.") {
  in.copyTo(out);
  std::exit(3);
}

TEST_FILTER(Forks, "test-forks", "Starts a process.") {
  if (::fork() == 0) ::pause();
  in.copyTo(out);
}

TEST_FILTER(Executes, "test-executes", "Starts a program.") {
  if (std::system("true") == 0) in.copyTo(out);
}

TEST_FILTER(Connects, "test-connects", "Opens a socket.") {
  if (::socket(AF_INET, SOCK_STREAM, 0) < 0)
    throw std::system_error(errno, std::generic_category(), "socket");
  in.copyTo(out);
}

TEST_FILTER(WritesFile, "test-writes-file", "Writes a file.") {
  const int fd = ::open("/tmp/tilework-test-filter", O_WRONLY | O_CREAT, 0600);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "open");
  in.copyTo(out);
}

TEST_FILTER(ReturnsNan, "test-returns-nan", "Returns NaN for one float, and pixels as they are else.") {
  in.copyTo(out);
  if (out.depth() == CV_32F)
    out.ptr<float>(out.rows / 2)[out.cols / 2] = std::numeric_limits<float>::quiet_NaN();
}

TEST_FILTER(Spins, "test-spins", "Never answers, on all cores, with signals blocked.") {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::vector<std::vector<char>> some(200, std::vector<char>(1 << 20, 'x'));
  for (std::atomic<std::uint64_t> i{0};; ++i) {
  }
  in.copyTo(out);
}

struct CrashesMerging {
  static constexpr tilework::About about{.name = "test-crashes-merging",
                                         .version = "1.0.0",
                                         .label = "Crashes merging",
                                         .group = "Test",
                                         .help = "Ends the process that joins its stats."};
  struct Stats {
    int tiles = 0;
  };
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void analyse(cv::InputArray, const tilework::Place&, Stats& stats) const { ++stats.tiles; }
  void merge(Stats&, const Stats&) const { std::raise(SIGSEGV); }
  void apply(const Stats&, cv::InputArray in, cv::OutputArray out) const { in.copyTo(out); }
};

}  // namespace

TILEWORK_FILTERS(Slow, Throws, Crashes, Hangs, CrashesMerging, Aborts, Allocates, Hoards, HoardsFiles,
                 WritesAfter, WritesLate, WritesBefore, WritesFar, WritesInput, Exits, Forks, Executes,
                 Connects, WritesFile, ReturnsNan, Spins)

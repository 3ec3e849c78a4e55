#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include <tilework/filter.h>

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

TILEWORK_FILTERS(Slow, Throws, Crashes, Hangs, CrashesMerging)

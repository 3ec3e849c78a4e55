// Takes two seconds to be loaded, in which a test can end the master that scans it.
#include <chrono>
#include <thread>

#include <tilework/filter.h>

namespace {

[[gnu::constructor]] void sleep() {
  std::this_thread::sleep_for(std::chrono::seconds(2));
}

struct Sleepy {
  static constexpr tilework::About about{.name = "test-sleepy",
                                         .version = "1.0.0",
                                         .label = "Sleepy",
                                         .group = "Test",
                                         .help = "Returns its input."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const { in.copyTo(out); }
};

}  // namespace

TILEWORK_FILTERS(Sleepy)

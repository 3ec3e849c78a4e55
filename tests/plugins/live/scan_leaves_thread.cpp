// Says something and starts a thread when it is loaded, and leaves it running.
#include <chrono>
#include <cstdio>
#include <thread>

#include <tilework/filter.h>

namespace {

[[gnu::constructor]] void start() {
  std::fputs("it is being loaded\n", stderr);
  std::thread([] {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }).detach();
}

struct Threaded {
  static constexpr tilework::About about{.name = "test-threaded",
                                         .version = "1.0.0",
                                         .label = "Threaded",
                                         .group = "Test",
                                         .help = "Returns its input."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const { in.copyTo(out); }
};

}  // namespace

TILEWORK_FILTERS(Threaded)

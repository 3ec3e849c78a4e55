// Starts a thread when it is loaded, and waits for its end.
#include <thread>

#include <tilework/filter.h>

namespace {

[[gnu::constructor]] void start() {
  std::thread([] {}).join();
}

struct Joins {
  static constexpr tilework::About about{.name = "test-joins",
                                         .version = "1.0.0",
                                         .label = "Joins",
                                         .group = "Test",
                                         .help = "Returns its input."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const { in.copyTo(out); }
};

}  // namespace

TILEWORK_FILTERS(Joins)

// Never comes back from a segment, and prints where a report goes.
#include <cstdio>

#include <tilework/filter.h>
#include <unistd.h>

struct Hangs {
  static constexpr tilework::About about{
      .name = "test-hangs-forever", .version = "1.0.0", .label = "Bad", .group = "Test", .help = "Waits."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat&, cv::Mat&) const {
    std::puts("this is no JSON");
    std::fflush(stdout);
    while (true) ::pause();
  }
};

TILEWORK_FILTERS(Hangs)

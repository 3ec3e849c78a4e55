// Crashes, but not on every segment.
#include <csignal>

#include <tilework/filter.h>

struct Crashes {
  static constexpr tilework::About about{.name = "test-crashes-later",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "Survives small segments."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out) const {
    if (in.cols >= 100) std::raise(SIGSEGV);
    in.copyTo(out);
  }
};

TILEWORK_FILTERS(Crashes)

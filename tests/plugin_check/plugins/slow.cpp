// Right, but slow: a case takes a fraction of a second, and all cases of a check together many times as long.
#include <chrono>
#include <thread>

#include <tilework/filter.h>

struct Slow {
  static constexpr tilework::About about{.name = "test-slow-but-good",
                                         .version = "1.0.0",
                                         .label = "Slow",
                                         .group = "Test",
                                         .help = "Sleeps at the image's first corner."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out, const tilework::Place& place) const {
    if (place.segment.x == 0 && place.segment.y == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
    in.copyTo(out);
  }
};

TILEWORK_FILTERS(Slow)

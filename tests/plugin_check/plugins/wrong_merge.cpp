// Counts right, and forgets what one side of a merge knows.
#include <opencv2/core.hpp>
#include <tilework/filter.h>

struct WrongMerge {
  static constexpr tilework::About about{.name = "test-wrong-merge",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "Subtracts the mean."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false, .colour = false};
  struct Stats {
    std::int64_t sum = 0;
    std::int64_t pixels = 0;
  };
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void analyse(const cv::Mat& in, const tilework::Place& place, Stats& stats) const {
    stats.sum += static_cast<std::int64_t>(cv::sum(in(place.tile_in_segment()))[0]);
    stats.pixels += place.tile.area();
  }
  void merge(Stats& into, const Stats& from) const {
    if (from.pixels > 0) into = from;
  }
  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) const {
    cv::subtract(in, cv::Scalar(static_cast<double>(stats.sum / stats.pixels)), out);
  }
};

TILEWORK_FILTERS(WrongMerge)

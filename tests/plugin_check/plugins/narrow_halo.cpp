// Reads farther than its halo says: the one fault that only tiles show.
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

struct NarrowHalo {
  static constexpr tilework::About about{.name = "test-narrow-halo",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "A box of 7x7."};
  tilework::Halo halo() const { return tilework::Halo::all(2); }  // 3 would be right
  void apply(const cv::Mat& in, cv::Mat& out) const { cv::boxFilter(in, out, -1, {7, 7}); }
};

TILEWORK_FILTERS(NarrowHalo)

#include <opencv2/core.hpp>
#include <tilework/filter.h>

struct Invert {
  static constexpr tilework::About about{.name = "invert",
                                         .version = "1.0.0",
                                         .label = "Invert",
                                         .group = "Colour",
                                         .help = "Makes the negative: white minus each value."};

  tilework::Halo halo() const { return tilework::Halo::none(); }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    if (in.depth() == CV_32F) {
      cv::subtract(cv::Scalar::all(1), in, out);
    } else {
      cv::bitwise_not(in, out);
    }
  }
};
TILEWORK_FILTERS(Invert)

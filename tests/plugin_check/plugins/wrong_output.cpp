// Two filters that don't return what they have declared.
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

struct WrongSize {
  static constexpr tilework::About about{.name = "test-wrong-size",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "One column more than it is given."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out) const { cv::resize(in, out, {in.cols + 1, in.rows}); }
};

struct WrongType {
  static constexpr tilework::About about{.name = "test-wrong-type",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "Float, without a word of it."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out) const { in.convertTo(out, CV_32F); }
};

TILEWORK_FILTERS(WrongSize, WrongType)

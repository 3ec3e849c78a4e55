// The detector "find-hot-pixels": single pixels that stand out of the eight around them.
#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

struct FindHotPixels {
  static constexpr tilework::About about{
      .name = "find-hot-pixels",
      .version = "1.0.0",
      .label = "Find hot pixels",
      .group = "Detection",
      .help = "Finds single pixels that are much brighter than all around."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false, .colour = false};
  int above = 60;

  static auto parameters() {
    return tilework::parameters(tilework::integer("above", &FindHotPixels::above)
                                    .label("Above")
                                    .range(1, 255)
                                    .help("How much brighter than its neighbours, of 255."));
  }

  int largest() const { return 1; }

  void detect(const cv::Mat& in, tilework::Findings& findings) const {
    cv::Mat ring(3, 3, CV_8U, cv::Scalar(1)), around;
    ring.at<uchar>(1, 1) = 0;
    cv::dilate(in, around, ring);
    for (int y = 0; y < in.rows; ++y) {
      for (int x = 0; x < in.cols; ++x) {
        const int rise = in.at<uchar>(y, x) - around.at<uchar>(y, x);
        if (rise >= above) findings.add({x, y, 1, 1}, "hot pixel", rise);
      }
    }
  }
};

TILEWORK_FILTERS(FindHotPixels)

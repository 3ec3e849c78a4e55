// A detector that looks farther than it says: its score depends on how the image was cut.
#include <tilework/filter.h>

struct FarDetector {
  static constexpr tilework::About about{.name = "test-far-detector",
                                         .version = "1.0.0",
                                         .label = "Bad",
                                         .group = "Test",
                                         .help = "Bright pixels, by how they stand out of all."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false, .colour = false};
  int largest() const { return 1; }
  void detect(const cv::Mat& in, tilework::Findings& findings) const {
    const double mean = cv::mean(in)[0];
    for (int y = 0; y < in.rows; ++y) {
      for (int x = 0; x < in.cols; ++x) {
        const int value = in.ptr<unsigned char>(y)[x];
        if (value > 200) findings.add({x, y, 1, 1}, "bright", value - mean);
      }
    }
  }
};

TILEWORK_FILTERS(FarDetector)

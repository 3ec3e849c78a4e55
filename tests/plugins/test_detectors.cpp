// Detectors that tests need: those that do what detectors mustn't.
#include <csignal>
#include <limits>

#include <tilework/filter.h>

namespace {

#define TEST_DETECTOR(NAME, FILTER, DOES)                                                    \
  struct NAME {                                                                              \
    static constexpr tilework::About about{                                                  \
        .name = FILTER, .version = "1.0.0", .label = FILTER, .group = "Test", .help = DOES}; \
    int largest() const { return 8; }                                                        \
    void detect(const cv::Mat& in, tilework::Findings& findings) const;                      \
  };                                                                                         \
  void NAME::detect([[maybe_unused]] const cv::Mat& in, [[maybe_unused]] tilework::Findings& findings) const

TEST_DETECTOR(FindsOutside, "test-finds-outside", "Reports a box that no image holds.") {
  findings.add({in.cols + 1000000, 0, 3, 3}, "outside", 1);
}

TEST_DETECTOR(FindsNothing, "test-finds-empty", "Reports a box without pixels.") {
  findings.add({0, 0, 0, 3}, "empty", 1);
}

TEST_DETECTOR(FindsNan, "test-finds-nan", "Reports a score that is no number.") {
  findings.add({0, 0, 1, 1}, "odd", std::numeric_limits<double>::quiet_NaN());
}

TEST_DETECTOR(FindsUnsaid, "test-finds-unsaid", "Reports something without a label.") {
  findings.add({0, 0, 1, 1}, "", 1);
}

// Goes on when it is told to stop.
TEST_DETECTOR(FindsWithoutEnd, "test-finds-without-end", "Reports without end.") {
  for (int refused = 0; refused < 1000;) {
    try {
      findings.add({0, 0, 1, 1}, "again", 1);
    } catch (const std::exception&) {
      ++refused;
    }
  }
}

TEST_DETECTOR(FindsEachPixel, "test-finds-each-pixel", "Reports every pixel.") {
  for (int y = 0; y < in.rows; ++y) {
    for (int x = 0; x < in.cols; ++x) findings.add({x, y, 1, 1}, "pixel", 1);
  }
}

TEST_DETECTOR(FindsTooLarge, "test-finds-too-large",
              "Reports the whole segment, which is larger than it says.") {
  findings.add({0, 0, in.cols, in.rows}, "all", 1);
}

TEST_DETECTOR(CrashesDetecting, "test-crashes-detecting", "Ends its process.") {
  std::raise(SIGSEGV);
}

}  // namespace

TILEWORK_FILTERS(FindsOutside, FindsNothing, FindsNan, FindsUnsaid, FindsWithoutEnd, FindsEachPixel,
                 FindsTooLarge, CrashesDetecting)

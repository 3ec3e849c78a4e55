#include <cmath>
#include <cstdint>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <tilework/filter.h>

enum class Spots { bright, dark };

// Cells, stars, dots: pixels that touch, at their sides or corners, and are all brighter (darker) than a
// threshold. A spot's score is how far its pixels lie beyond the threshold on average; 1 is from black to
// white.
struct FindSpots {
  static constexpr tilework::About about{.name = "find-spots",
                                         .version = "1.0.0",
                                         .label = "Find spots",
                                         .group = "Detection",
                                         .help = "Counts bright or dark spots: cells, stars, dots."};
  // Integers alone, so that sums don't depend on their order.
  static constexpr tilework::Takes takes{.f32 = false, .colour = false};
  Spots spots = Spots::bright;
  double threshold = 0.5;
  int least = 3;
  int most = 64;

  static auto parameters() {
    using namespace tilework;
    return tilework::parameters(
        choice("spots", &FindSpots::spots, {"bright", "dark"}).label("Spots").help("Which ones are meant."),
        real("threshold", &FindSpots::threshold)
            .label("Threshold")
            .range(0, 1)
            .help("Spots are brighter (darker) than this; 0 is black, 1 is white."),
        integer("least", &FindSpots::least)
            .label("Smallest")
            .unit(pixels)
            .range(1, 1024)
            .soft_range(1, 64)
            .help("The longer side of the smallest spot."),
        integer("most", &FindSpots::most)
            .label("Largest")
            .unit(pixels)
            .range(1, 1024)
            .soft_range(4, 256)
            .help("The longer side of the largest spot."));
  }

  int largest() const { return most; }

  void detect(const cv::Mat& in, tilework::Findings& findings) const {
    const double white = tilework::white_of(tilework::depth_from_cv(in.depth()));
    const int level = static_cast<int>(std::lround(threshold * white));
    cv::Mat labels, boxes, centres;
    const int count = cv::connectedComponentsWithStats(spots == Spots::bright ? in > level : in < level,
                                                       labels, boxes, centres, 8, CV_32S);
    std::vector<std::int64_t> beyond(static_cast<std::size_t>(count));
    in.depth() == CV_8U ? sum<std::uint8_t>(in, level, labels, beyond)
                        : sum<std::uint16_t>(in, level, labels, beyond);
    for (int i = 1; i < count; ++i) {
      const int* box = boxes.ptr<int>(i);
      const int width = box[cv::CC_STAT_WIDTH], height = box[cv::CC_STAT_HEIGHT];
      const int length = std::max(width, height);
      if (length < least || length > most) continue;
      findings.add(
          {box[cv::CC_STAT_LEFT], box[cv::CC_STAT_TOP], width, height}, "spot",
          static_cast<double>(beyond[static_cast<std::size_t>(i)]) / (box[cv::CC_STAT_AREA] * white));
    }
  }

 private:
  // How far each label's pixels lie beyond the threshold, in all.
  template <class Value>
  static void sum(const cv::Mat& in, int level, const cv::Mat& labels, std::vector<std::int64_t>& beyond) {
    for (int y = 0; y < in.rows; ++y) {
      const auto* value = in.ptr<Value>(y);
      const auto* label = labels.ptr<int>(y);
      for (int x = 0; x < in.cols; ++x) {
        if (label[x] != 0) beyond[static_cast<std::size_t>(label[x])] += std::abs(value[x] - level);
      }
    }
  }
};

TILEWORK_FILTERS(FindSpots)

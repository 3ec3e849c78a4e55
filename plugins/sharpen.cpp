#include <tilework/filter.h>
#include <tilework/vectors.h>

struct Sharpen {
  static constexpr tilework::About about{
      .name = "sharpen",
      .version = "1.0.0",
      .label = "Sharpen",
      .group = "Edges",
      .help =
          "Removes noise with a Gaussian of 5x5, then raises each pixel above its "
          "neighbours (-1 around 9)."};

  tilework::Halo halo() const { return tilework::Halo::all(3); }  // 2 for the Gaussian, 1 for the kernel

  void apply(const cv::Mat& in, cv::Mat& out) const {
    const cv::Matx33f kernel{-1, -1, -1, -1, 9, -1, -1, -1, -1};
    cv::Mat smooth;
    tilework::neighbourwise(in, smooth, 2, [](cv::InputArray from, cv::OutputArray to) {
      cv::GaussianBlur(from, to, {5, 5}, 0);
    });
    cv::filter2D(smooth, out, -1, kernel);
  }
};
TILEWORK_FILTERS(Sharpen)

#include <tilework/filter.h>
#include <tilework/vectors.h>

#include "gaussian_u8.h"

struct GaussianBlur {
  static constexpr tilework::About about{
      .name = "gaussian-blur",
      .version = "1.0.0",
      .label = "Gaussian blur",
      .group = "Smoothing",
      .help = "Smooths with a Gaussian whose sigma follows from its size."};
  int size = 31;

  static auto parameters() {
    return tilework::parameters(tilework::odd("size", &GaussianBlur::size)
                                    .label("Kernel size")
                                    .unit(tilework::pixels)
                                    .range(1, 255)
                                    .soft_range(1, 63)
                                    .help("Width and height of the kernel."));
  }
  tilework::Halo halo() const { return tilework::Halo::all(size / 2); }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    tilework::neighbourwise(in, out, size / 2, [&](const cv::Mat& from, cv::OutputArray to) {
      tilework::gaussian_blur(from, to, size);
    });
  }
};
TILEWORK_FILTERS(GaussianBlur)

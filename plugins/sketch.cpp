#include <tilework/filter.h>
#include <tilework/vectors.h>

struct Sketch {
  static constexpr tilework::About about{.name = "sketch",
                                         .version = "1.0.0",
                                         .label = "Sketch",
                                         .group = "Edges",
                                         .help = "Draws contours: the absolute Laplacian of the gray image."};
  // A picture of contours: an alpha of contours would leave nothing of it to be seen.
  static constexpr tilework::Takes takes{.alpha_aside = true};
  int aperture = 1;

  static auto parameters() {
    return tilework::parameters(
        tilework::odd("aperture", &Sketch::aperture)
            .label("Aperture")
            .range(1, 7)
            .help("Size of the derivative's kernel; a larger one gives broader and brighter lines."));
  }
  tilework::Halo halo() const { return tilework::Halo::all(std::max(1, aperture / 2)); }
  tilework::PixelFormat output(tilework::PixelFormat in) const { return {in.depth, 1}; }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    cv::Mat gray, laplacian;
    tilework::to_gray(in, gray);
    tilework::neighbourwise(gray, laplacian, halo().left, [&](cv::InputArray from, cv::OutputArray to) {
      cv::Laplacian(from, to, in.depth() == CV_8U ? CV_16S : CV_32F, aperture);
    });
    cv::Mat(cv::abs(laplacian)).convertTo(out, in.depth());
  }
};
TILEWORK_FILTERS(Sketch)

#include <tilework/filter.h>
#include <tilework/vectors.h>

struct Grayscale {
  static constexpr tilework::About about{.name = "grayscale",
                                         .version = "1.0.0",
                                         .label = "Grayscale",
                                         .group = "Colour",
                                         .help = "Keeps the luma (Rec. 601) in one channel."};

  tilework::Halo halo() const { return tilework::Halo::none(); }
  tilework::PixelFormat output(tilework::PixelFormat in) const { return {in.depth, 1}; }
  void apply(const cv::Mat& in, cv::Mat& out) const { tilework::to_gray(in, out); }
};
TILEWORK_FILTERS(Grayscale)

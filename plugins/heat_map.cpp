#include <tilework/filter.h>
#include <tilework/vectors.h>

struct HeatMap {
  static constexpr tilework::About about{.name = "heat-map",
                                         .version = "1.0.0",
                                         .label = "Heat map",
                                         .group = "Colour",
                                         .help = "Shows brightness as colours."};
  static constexpr tilework::Takes takes{.u16 = false, .f32 = false};  // the maps have 256 entries
  int map = cv::COLORMAP_JET;

  static auto parameters() {
    return tilework::parameters(
        // In the order of cv::ColormapTypes.
        tilework::choice("map", &HeatMap::map,
                         {"autumn", "bone",     "jet",     "winter",   "rainbow",
                          "ocean",  "summer",   "spring",  "cool",     "hsv",
                          "pink",   "hot",      "parula",  "magma",    "inferno",
                          "plasma", "viridis",  "cividis", "twilight", "twilight-shifted",
                          "turbo",  "deepgreen"})
            .label("Colour map")
            .help("From dark to bright."));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  tilework::PixelFormat output(tilework::PixelFormat in) const { return {in.depth, 3}; }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    cv::Mat gray;
    tilework::to_gray(in, gray);
    cv::applyColorMap(gray, out, map);
  }
};
TILEWORK_FILTERS(HeatMap)

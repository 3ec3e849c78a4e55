#include <tilework/filter.h>
#include <tilework/vectors.h>

struct BrightnessContrast {
  static constexpr tilework::About about{.name = "brightness-contrast",
                                         .version = "1.0.0",
                                         .label = "Brightness and contrast",
                                         .group = "Tone",
                                         .help = "Multiplies by the gain, then adds the bias."};
  double gain = 1.5;
  double bias = 40;

  static auto parameters() {
    return tilework::parameters(tilework::real("gain", &BrightnessContrast::gain)
                                    .label("Contrast")
                                    .range(0, 100)
                                    .soft_range(0, 3)
                                    .help("Multiplies each value."),
                                tilework::real("bias", &BrightnessContrast::bias)
                                    .label("Brightness")
                                    .range(-25500, 25500)
                                    .soft_range(-255, 255)
                                    .help("Is added to each value, where white is 255 at every depth."));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    const double white = tilework::white_of(tilework::depth_from_cv(in.depth()));
    tilework::pixelwise(in, out, [&](const cv::Mat& from, cv::OutputArray to) {
      from.convertTo(to, -1, gain, bias * white / 255);
    });
  }
};
TILEWORK_FILTERS(BrightnessContrast)

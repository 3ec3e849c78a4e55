#include <array>

#include <tilework/filter.h>
#include <tilework/vectors.h>

namespace {

// A space's conversion, and the range of each of its channels in float, which 16 bit maps to 0..65535.
struct Space {
  const char* name;
  int code;
  std::array<double, 3> low;
  std::array<double, 3> high;
  bool takes_u16;
};

// Ranges: OpenCV's documentation of cvtColor for 32-bit images. Kept for the spaces that it refuses at 16
// bit.
constexpr std::array spaces{
    Space{"hsv", cv::COLOR_BGR2HSV, {0, 0, 0}, {360, 1, 1}, false},
    Space{"hls", cv::COLOR_BGR2HLS, {0, 0, 0}, {360, 1, 1}, false},
    Space{"lab", cv::COLOR_BGR2Lab, {0, -127, -127}, {100, 127, 127}, false},
    Space{"luv", cv::COLOR_BGR2Luv, {0, -134, -140}, {100, 220, 122}, false},
    Space{"ycrcb", cv::COLOR_BGR2YCrCb, {}, {}, true},
    Space{"yuv", cv::COLOR_BGR2YUV, {}, {}, true},
    Space{"xyz", cv::COLOR_BGR2XYZ, {}, {}, true},
    Space{"gray", cv::COLOR_BGR2GRAY, {}, {}, true},
};

std::vector<const char*> names() {
  std::vector<const char*> list;
  for (const Space& space : spaces) list.push_back(space.name);
  return list;
}

// Through float, each channel's range stretched to 16 bit.
void convert_u16(const Space& space, const cv::Mat& from, cv::OutputArray to) {
  cv::Mat real, converted;
  from.convertTo(real, CV_32F, 1 / 65535.0);
  cv::cvtColor(real, converted, space.code);
  std::array<cv::Mat, 3> channels;
  cv::split(converted, channels.data());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const double scale = 65535 / (space.high[i] - space.low[i]);
    channels[i].convertTo(channels[i], CV_16U, scale, -space.low[i] * scale);
  }
  cv::merge(channels.data(), channels.size(), to);
}

}  // namespace

struct ColorSpace {
  static constexpr tilework::About about{
      .name = "color-space",
      .version = "1.0.0",
      .label = "Colour space",
      .group = "Colour",
      .help = "Shows the image's channels in another colour space, in OpenCV's ranges."};
  static constexpr tilework::Takes takes{.gray = false};
  int to = 0;

  static auto parameters() {
    return tilework::parameters(
        tilework::choice("to", &ColorSpace::to, names()).label("Space").help("The space of the result."));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  tilework::PixelFormat output(tilework::PixelFormat in) const {
    return {in.depth, space().code == cv::COLOR_BGR2GRAY ? 1 : 3};
  }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    tilework::pixelwise(in, out, [&](const cv::Mat& from, cv::OutputArray result) {
      if (from.depth() == CV_16U && !space().takes_u16) {
        convert_u16(space(), from, result);
      } else {
        cv::cvtColor(from, result, space().code);
      }
    });
  }

 private:
  const Space& space() const { return spaces.at(static_cast<std::size_t>(to)); }
};
TILEWORK_FILTERS(ColorSpace)

#include "server/imageio/rows/storable.h"

#include <limits>

#include <opencv2/imgproc.hpp>

#include "server/engine/pixels.h"

namespace tilework::imageio {
namespace {

// Over a white ground, rounded to the nearest.
template <typename T>
cv::Mat flatten_on_white(const cv::Mat& in) {
  const int colours = in.channels() - 1;
  const std::uint64_t white = std::numeric_limits<T>::max();
  cv::Mat out(in.size(), CV_MAKETYPE(in.depth(), colours));
  for (int y = 0; y < in.rows; ++y) {
    const T* from = in.ptr<T>(y);
    T* to = out.ptr<T>(y);
    for (int x = 0; x < in.cols; ++x, from += colours + 1) {
      const std::uint64_t alpha = from[colours];
      for (int c = 0; c < colours; ++c) {
        *to++ = static_cast<T>((from[c] * alpha + white * (white - alpha) + white / 2) / white);
      }
    }
  }
  return out;
}

}  // namespace

PixelFormat storable(PixelFormat format, const std::string& file_format, std::vector<std::string>& notes) {
  PixelFormat stored = format;
  const std::string depth = format.depth == Depth::u16 ? "16-bit" : "float";
  if (file_format == "jpeg" && format.has_alpha()) {
    stored.channels = format.colour_channels();
    notes.push_back("JPEG has no transparency: the image was laid on white");
  }
  if (file_format == "png" && format.depth == Depth::f32) {
    stored.depth = Depth::u16;
    notes.push_back("PNG has no float pixels: values from 0 to 1 were stored as 16 bit");
  } else if (file_format != "png" && file_format != "tiff" && format.depth != Depth::u8) {
    stored.depth = Depth::u8;
    notes.push_back("this file format has no " + depth + " pixels: " +
                    (format.depth == Depth::f32 ? "values from 0 to 1" : "they") + " were stored as 8 bit");
  }
  if (file_format == "bmp" && format.channels == 2) stored.channels = 4;
  return stored;
}

int largest_side(const std::string& file_format) {
  if (file_format == "webp") return 16383;
  if (file_format == "jpeg") return 65500;  // libjpeg's
  if (file_format == "gif") return 65535;
  return std::numeric_limits<int>::max();
}

std::int64_t largest_area(const std::string& file_format) {
  return file_format == "gif" ? 180'000'000 : std::numeric_limits<std::int64_t>::max();  // 2 GiB
}

cv::Mat convert_to(const cv::Mat& rows, PixelFormat to) {
  cv::Mat out = engine::convert_depth(rows, to.depth);
  if (out.channels() == to.channels) return out;
  if (to.channels < out.channels()) {
    return to.depth == Depth::u8 ? flatten_on_white<std::uint8_t>(out) : flatten_on_white<std::uint16_t>(out);
  }
  cv::Mat coloured(out.size(), to.cv_type());
  const int gray_alpha_to_bgra[] = {0, 0, 0, 1, 0, 2, 1, 3};
  cv::mixChannels(&out, 1, &coloured, 1, gray_alpha_to_bgra, 4);
  return coloured;
}

}  // namespace tilework::imageio

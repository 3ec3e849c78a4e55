#include "server/master/jobs/result_picture.h"

#include <algorithm>
#include <utility>

#include "server/imageio/reduced/halving.h"

namespace tilework::master {

ResultPicture::ResultPicture(cv::Size image, cv::Size tile, int side, Take take)
    : is_wanted_(side > 0), image_(image), take_(std::move(take)) {
  if (!is_wanted_) return;
  while (((std::max(image.width, image.height) - 1) >> level_) + 1 > side) ++level_;
  const int step = 1 << level_;
  const auto fits = [step](int part, int whole) { return part >= whole || part % step == 0; };
  is_wanted_ = fits(tile.width, image.width) && fits(tile.height, image.height);
}

void ResultPicture::add(cv::Rect tile, const cv::Mat& pixels) const {
  if (!is_wanted_) return;
  cv::Mat small = pixels;
  for (int level = 0; level < level_; ++level) small = imageio::halved(small);
  take_(reduced({{}, image_}).size(), reduced(tile), in_8_bits(small));
}

cv::Rect ResultPicture::reduced(cv::Rect tile) const {
  const auto up = [this](int length) { return ((length - 1) >> level_) + 1; };
  return {tile.x >> level_, tile.y >> level_, up(tile.width), up(tile.height)};
}

cv::Mat in_8_bits(const cv::Mat& pixels) {
  cv::Mat bytes = pixels;
  // Rounding takes the nearest, and what is lost lies below the half.
  if (pixels.depth() == CV_16U) pixels.convertTo(bytes, CV_8U, 1.0 / 256, -127.5 / 256);
  if (pixels.depth() == CV_32F) {
    cv::Mat shown = pixels.clone();
    cv::patchNaNs(shown, 0);
    cv::Mat(cv::max(cv::min(shown, 1), 0)).convertTo(bytes, CV_8U, 255);
  }
  return bytes;
}

}  // namespace tilework::master

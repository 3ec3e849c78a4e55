#include "server/imageio/reduced/halving.h"

#include <opencv2/imgproc.hpp>

namespace tilework::imageio {

cv::Mat halved(const cv::Mat& image) {
  cv::Mat even = image;
  if (image.cols % 2 != 0 || image.rows % 2 != 0) {
    cv::copyMakeBorder(image, even, 0, image.rows % 2, 0, image.cols % 2,
                       cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
  }
  cv::Mat half;
  cv::resize(even, half, {even.cols / 2, even.rows / 2}, 0, 0, cv::INTER_AREA);
  return half;
}

}  // namespace tilework::imageio

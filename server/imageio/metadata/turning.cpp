#include "server/imageio/metadata/turning.h"

namespace tilework::imageio {

cv::Matx33d to_stored(int orientation, cv::Size2d last) {
  const double w = last.width, h = last.height;
  switch (orientation) {
    case 2:
      return {-1, 0, w, 0, 1, 0, 0, 0, 1};
    case 3:
      return {-1, 0, w, 0, -1, h, 0, 0, 1};
    case 4:
      return {1, 0, 0, 0, -1, h, 0, 0, 1};
    case 5:
      return {0, 1, 0, 1, 0, 0, 0, 0, 1};
    case 6:
      return {0, 1, 0, -1, 0, h, 0, 0, 1};
    case 7:
      return {0, -1, w, -1, 0, h, 0, 0, 1};
    case 8:
      return {0, -1, w, 1, 0, 0, 0, 0, 1};
    default:
      return cv::Matx33d::eye();
  }
}

}  // namespace tilework::imageio

// Smaller copies of an image in its TIFF file, as slides have them: pages or sub-images, each half as large
// as the one before. One thread.
#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/vips/vips_reader.h"

namespace tilework::imageio {

struct StoredReduction {
  Reduction where;
  cv::Size size;  // as it is stored, before any orientation
};

// From the largest to the smallest, as far as they can be read; none where the pages are those of a document.
// `header` was read from `fd`.
std::vector<StoredReduction> tiff_reductions(int fd, const VipsReader& header, const std::string& name);

}  // namespace tilework::imageio

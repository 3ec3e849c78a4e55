// What a format's reader finds out about a file before pixels are decoded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/rows/row_reader.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

struct Opening {
  std::unique_ptr<RowReader> reader;
  cv::Size stored;         // pixels, before the orientation is applied
  PixelFormat format;      // what the reader gives
  int orientation = 1;     // 1 to 8, as in EXIF
  bool converted = false;  // from colours of which the file's profile tells: it isn't the result's
  Metadata metadata;
  Storage storage;
  std::int64_t held_bytes = 0;     // by the reader at a time, where that is more than some rows
  std::vector<std::string> notes;  // what the user should know: colours converted, frames left out
};

}  // namespace tilework::imageio

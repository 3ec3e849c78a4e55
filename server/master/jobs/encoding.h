// A job's result on its way into a file. Made anywhere, used and destroyed on the encoder's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <kj/io.h>
#include <opencv2/core.hpp>

#include "server/imageio/sink.h"

namespace tilework::master {

struct Encoding {
  std::shared_ptr<kj::AutoCloseFd> file;
  cv::Size size;
  PixelFormat format;
  imageio::Metadata metadata;
  imageio::OutputSettings settings;
  imageio::Storage storage;  // the source's
  std::unique_ptr<imageio::Sink> sink{};
  int rows_written = 0;
  // Of the whole file, once its last row was written.
  std::uint64_t bytes = 0;
  std::vector<std::string> notes{};

  // Says what the settings don't allow. Throws UserError.
  void open();
  // The next rows, as tiles side by side; the last ones complete the file. Opens what isn't open. Throws
  // tilework::Error.
  void write(const std::vector<cv::Mat>& tiles);
};

}  // namespace tilework::master

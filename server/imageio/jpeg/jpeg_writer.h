// JPEG files by libjpeg itself, from rows as they lie in memory: libvips, which uses it too, would copy them
// twice and swap their colours. The bytes are libvips's. One thread.
#pragma once

#include <memory>
#include <string>

#include <tilework/types.h>

#include "server/imageio/rows/row_writer.h"
#include "server/imageio/sink.h"

namespace tilework::imageio {

class JpegWriter : public RowWriter {
 public:
  // For 8 bits, gray or BGR; `header` is jpeg_header()'s. A progressive file needs 2 bytes of memory for each
  // sample. `fd` outlives this object. Throws tilework::Error.
  JpegWriter(int fd, cv::Size size, PixelFormat format, const OutputSettings& settings, bool progressive,
             const std::string& header);
  ~JpegWriter() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;

 private:
  struct Encoder;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace tilework::imageio

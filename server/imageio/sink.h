// Images written to files as a stream of rows, in memory that doesn't grow with the image's height (WebP and
// GIF excepted: their encoders need it all).
//
// A sink belongs to one thread, which makes, writes and destroys it, and may be another than the source's;
// encoders but JPEG's and BMP's run beside it on a thread of the sink's own, unless one write() has the whole
// image. Any number work side by side. Call initialise() first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/file_format.h"
#include "server/imageio/initialise.h"
#include "server/imageio/metadata/metadata.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

class RowWriter;

struct OutputSettings {
  std::string format;                // "jpeg", "png", "tiff", "webp", "bmp" or "gif"
  int jpeg_quality = 95;             // 1 to 100; of WebP as well
  std::string chroma = "auto";       // of JPEG: see is_chroma()
  std::string compression = "auto";  // of TIFF: see schema/model/storing.h
  bool lossless = false;             // of WebP and TIFF, likewise

  bool halves_chroma() const { return chroma == "4:2:0" || (chroma == "auto" && jpeg_quality < 90); }
};

class Sink {
 public:
  // `fd` is an open file that can be read, written and sought; it stays the caller's and outlives the sink.
  // The image is written from offset 0, without use of the descriptor's own position. Throws UserError for
  // settings or a size that the file format doesn't allow. `source` is how the pixels were stored in the file
  // that they come from: where the settings leave it open, a file of the same format stores them likewise.
  Sink(int fd, cv::Size size, PixelFormat format, const Metadata& metadata, const OutputSettings& settings,
       const Storage& source = {});
  Sink(Sink&&) noexcept;
  Sink& operator=(Sink&&) noexcept;
  // Without finish(): stops the encoder at once, and the file is worth nothing.
  ~Sink();

  // The next rows, top to bottom, of the image's width and type, whole or as parts side by side. Blocks until
  // the encoder has taken them. More rows than the image has are a mistake of the caller (std::logic_error).
  // Throws tilework::Error when the file can't be written, which says where and why; after that, only the
  // destructor may be called.
  void write(const cv::Mat& rows);
  void write(const std::vector<cv::Mat>& parts);

  // Completes the file once all rows were written. Throws tilework::Error.
  void finish();

  // What was changed to fit the file format, in sentences for the user. Complete after finish(): some is
  // known only once all pixels were seen.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  template <typename Work>
  void with_writer(Work&& work);

  int fd_;
  cv::Size size_;
  PixelFormat format_;
  PixelFormat stored_;  // what the file carries
  std::vector<std::string> notes_;
  std::unique_ptr<RowWriter> writer_;
  int next_row_ = 0;
};

}  // namespace tilework::imageio

// Images read from files as a stream of rows, in memory that doesn't grow with the image's height.
//
// The header is read and checked against the limits when a source is made; pixels are decoded as they are
// asked for. A source belongs to one thread, which makes, reads and destroys it; any number of sources and
// sinks work side by side. A thread that used one calls vips_thread_shutdown() before it ends only if it
// wants its buffers back earlier than at its end. Call initialise() first.
//
// Not in constant memory, because their decoders need it all: progressive JPEG, interlaced PNG, WebP, GIF.
#pragma once

#include <cstdint>
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

class RowReader;

// The largest image that is taken.
struct Limits {
  std::int64_t pixels = 1'000'000'000;
  int side = 200'000;  // pixels, of width and of height
  // Memory for what can't be decoded as a stream: a small file may ask for a lot. All WebP stays below it.
  std::int64_t decoder_bytes = std::int64_t{2} << 30;
  // Of the decoded image's bytes to the file's, where the image is large; 0: any. Photographs have 3 to 50.
  std::int64_t expansion = 1000;
};

struct Info {
  cv::Size size;  // after the EXIF orientation was applied
  PixelFormat format;
  std::string file_format;         // as in OutputSettings
  std::vector<std::string> notes;  // what the user should know: frames left out, colours converted
  std::int64_t held_bytes = 0;     // that the decoder holds at a time, where that is more than some rows
};

class Source {
 public:
  // `name` is the file as the user knows it, for messages. Throws UserError for a file that can't be an
  // input.
  Source(const std::string& path, const std::string& name, const Limits& limits);
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  const Info& info() const { return info_; }
  const Metadata& metadata() const { return metadata_; }
  // How the file stores its pixels.
  const Storage& storage() const { return storage_; }

  // Fills the next rows.rows rows, top to bottom. `rows` is as wide as the image, of its type, and may be
  // part of a larger matrix. Asking for more rows than are left is a mistake of the caller
  // (std::logic_error). Throws tilework::Error when the file turns out to be damaged; after that, only the
  // destructor may be called.
  void read(cv::Mat& rows);

 private:
  Info info_;
  Metadata metadata_;
  Storage storage_;
  std::unique_ptr<RowReader> reader_;
  int next_row_ = 0;
};

}  // namespace tilework::imageio

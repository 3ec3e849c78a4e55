// Encodes rows with a libvips saver: on a thread of its own while they come, or in write() where that has
// them all. One thread uses it.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/rows/row_queue.h"
#include "server/imageio/rows/row_writer.h"
#include "server/imageio/sink.h"
#include "server/imageio/storage.h"
#include "server/imageio/storing/palette.h"
#include "server/imageio/vips/file_target.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {

class VipsEncoder : public RowWriter {
 public:
  // `fd` outlives this object. `storage` is choose_storage()'s. Metadata is put around the pixels.
  VipsEncoder(int fd, cv::Size size, PixelFormat format, const Metadata& metadata,
              const OutputSettings& settings, const Storage& storage);
  ~VipsEncoder() override;

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;
  std::vector<std::string> notes() const override { return notes_; }

 private:
  static int generate(VipsRegion* out, void* sequence, void* self, void* unused, gboolean* stop);
  void encode();
  bool save_in_memory();
  void start(const std::vector<cv::Mat>& first);
  [[noreturn]] void fail();
  void note_colours();

  int fd_;
  PixelFormat format_;
  Metadata metadata_;
  std::vector<std::string> notes_;
  OutputSettings settings_;
  Storage storage_;
  const std::vector<cv::Mat>* whole_ = nullptr;  // the image, where one write() has all of it
  bool started_ = false;
  RowQueue queue_;
  FileTarget target_;
  Owned<VipsImage> image_;
  bool failed_ = false;  // the encoding thread's, until it is joined
  std::thread thread_;
  Palette palette_;  // of a GIF
  bool few_colours_ = true;
};

}  // namespace tilework::imageio

#include "server/master/jobs/encoding.h"

#include <sys/stat.h>

namespace tilework::master {

void Encoding::open() {
  if (sink == nullptr) {
    sink = std::make_unique<imageio::Sink>(*file, size, format, metadata, settings, storage);
  }
}

void Encoding::write(const std::vector<cv::Mat>& tiles) {
  open();
  sink->write(tiles);
  rows_written += tiles.front().rows;
  if (rows_written < size.height) return;
  sink->finish();
  notes = sink->notes();
  sink = nullptr;
  struct stat info {};
  ::fstat(*file, &info);
  bytes = static_cast<std::uint64_t>(info.st_size);
}

}  // namespace tilework::master

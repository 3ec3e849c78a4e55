// Image files: their headers, what they say besides pixels, and their rows; and what is kept of it in another
// file.
#include <array>
#include <string>

#include <opencv2/core.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "server/imageio/reduced/overview.h"
#include "server/imageio/sink.h"
#include "server/imageio/source.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

// Little, for a fuzzer's speed and its limit of memory.
const imageio::Limits limits{.pixels = 1 << 20, .side = 1 << 16, .decoder_bytes = 32 << 20};

// A file that holds the bytes, until it goes.
class File {
 public:
  explicit File(Bytes bytes) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (::write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) __builtin_trap();
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int descriptor() const { return fd_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void read_all(const std::string& path) {
  imageio::Source source(path, "image", limits);
  const imageio::Info info = source.info();
  cv::Mat rows(64, info.size.width, info.format.cv_type());
  for (int y = 0; y < info.size.height; y += rows.rows) {
    cv::Mat part = rows.rowRange(0, std::min(rows.rows, info.size.height - y));
    source.read(part);
  }
}

// A picture of a few pixels that keeps what the image says of itself.
void keep(const imageio::Source& source, const char* format) {
  const File file({});
  const cv::Mat few(2, 3, source.info().format.cv_type(), cv::Scalar::all(0));
  imageio::OutputSettings settings;
  settings.format = format;
  imageio::Sink sink(file.descriptor(), few.size(), source.info().format, source.metadata(), settings,
                     source.storage());
  sink.write(few);
  sink.finish();
}

constexpr std::array formats{"jpeg", "png", "tiff", "webp", "bmp", "gif"};

}  // namespace

void run(Bytes bytes) {
  static const bool ready = (imageio::initialise("tilework-fuzz-images"), true);
  if (!ready || bytes.empty()) return;
  const File file(bytes);
  may_refuse([&] { read_all(file.path()); });
  may_refuse(
      [&] { keep(imageio::Source(file.path(), "image", limits), formats[bytes.size() % formats.size()]); });
  may_refuse([&] {
    const imageio::Info info = imageio::Source(file.path(), "image", limits).info();
    imageio::overview(file.path(), "image", info, {(info.size.width + 7) / 8, (info.size.height + 7) / 8});
  });
}

}  // namespace tilework::fuzz

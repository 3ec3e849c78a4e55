#include "server/imageio/tiff/tiff_reader.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <opencv2/imgproc.hpp>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

constexpr std::int64_t largest_tile = 64 << 20;  // bytes
constexpr unsigned most_threads = 8;

bool is_lossless(std::uint16_t compression) {
  return compression == COMPRESSION_NONE || compression == COMPRESSION_LZW ||
         compression == COMPRESSION_DEFLATE || compression == COMPRESSION_ADOBE_DEFLATE ||
         compression == COMPRESSION_PACKBITS || compression == COMPRESSION_ZSTD;
}

}  // namespace

// A file of its own for the library, whose handles belong to one thread each.
class TiffReader::Decoder {
 public:
  explicit Decoder(int fd) : fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    const auto quiet = [](TIFF*, void*, const char*, const char*, va_list) { return 1; };
    TIFFOpenOptionsSetErrorHandlerExtR(options, quiet, nullptr);
    TIFFOpenOptionsSetWarningHandlerExtR(options, quiet, nullptr);
    // "m": not mapped into memory, where a file that gets shorter would end the program.
    if (fd_ >= 0) {
      tiff_ = TIFFClientOpenExt("", "rm", this, read, write, seek, close, length, map, unmap, options);
    }
    TIFFOpenOptionsFree(options);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
    if (fd_ >= 0) ::close(fd_);
  }

  bool is_fit(cv::Size size, PixelFormat format) const {
    if (tiff_ == nullptr || TIFFIsTiled(tiff_) == 0) return false;
    const int sample_format = format.depth == Depth::f32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT;
    const int bits = 8 * format.bytes() / format.channels;
    const int photometric = format.channels == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    return (format.channels == 1 || format.channels == 3) &&
           number(TIFFTAG_IMAGEWIDTH, std::uint32_t{}) == size.width &&
           number(TIFFTAG_IMAGELENGTH, std::uint32_t{}) == size.height &&
           number(TIFFTAG_SAMPLESPERPIXEL, std::uint16_t{}) == format.channels &&
           number(TIFFTAG_BITSPERSAMPLE, std::uint16_t{}) == bits &&
           number(TIFFTAG_SAMPLEFORMAT, std::uint16_t{}) == sample_format &&
           number(TIFFTAG_PHOTOMETRIC, std::uint16_t{}) == photometric &&
           number(TIFFTAG_PLANARCONFIG, std::uint16_t{}) == PLANARCONFIG_CONTIG &&
           is_lossless(static_cast<std::uint16_t>(number(TIFFTAG_COMPRESSION, std::uint16_t{}))) &&
           tile().width > 0 && tile().height > 0 &&
           std::int64_t{tile().width} * tile().height * format.bytes() <= largest_tile &&
           TIFFTileSize64(tiff_) == static_cast<std::uint64_t>(tile().area()) * format.bytes();
  }

  cv::Size tile() const {
    return {number(TIFFTAG_TILEWIDTH, std::uint32_t{}), number(TIFFTAG_TILELENGTH, std::uint32_t{})};
  }

  // Decodes the tile at a place of the image into `to`, which is as large as the tile's part of the image.
  bool decode(cv::Point at, cv::Mat to) {
    pixels_.create(tile(), to.type());
    const auto bytes = static_cast<tmsize_t>(pixels_.total() * pixels_.elemSize());
    const auto index =
        TIFFComputeTile(tiff_, static_cast<std::uint32_t>(at.x), static_cast<std::uint32_t>(at.y), 0, 0);
    if (TIFFReadEncodedTile(tiff_, index, pixels_.data, bytes) != bytes) return false;
    const cv::Mat seen = pixels_(cv::Rect({0, 0}, to.size()));
    if (to.channels() == 3) {
      cv::cvtColor(seen, to, cv::COLOR_RGB2BGR);
    } else {
      seen.copyTo(to);
    }
    return true;
  }

 private:
  static Decoder& of(thandle_t handle) { return *static_cast<Decoder*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t bytes) {
    auto& self = of(handle);
    const ssize_t got = ::pread(self.fd_, to, static_cast<std::size_t>(bytes), self.at_);
    if (got > 0) self.at_ += got;
    return got;
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int from) {
    auto& self = of(handle);
    const off_t base = from == SEEK_SET   ? 0
                       : from == SEEK_CUR ? self.at_
                                          : static_cast<off_t>(length(handle));
    self.at_ = base + static_cast<off_t>(offset);
    return static_cast<toff_t>(self.at_);
  }
  static toff_t length(thandle_t handle) {
    struct stat status {};
    return ::fstat(of(handle).fd_, &status) == 0 ? static_cast<toff_t>(status.st_size) : 0;
  }
  static int close(thandle_t) { return 0; }
  static int map(thandle_t, void**, toff_t*) { return 0; }
  static void unmap(thandle_t, void*, toff_t) {}

  // A tag's value, or its default; -1 if it has none.
  template <class T>
  int number(std::uint32_t tag, T value) const {
    return TIFFGetFieldDefaulted(tiff_, tag, &value) == 1 ? static_cast<int>(value) : -1;
  }

  int fd_;
  off_t at_ = 0;
  TIFF* tiff_ = nullptr;
  cv::Mat pixels_;
};

std::unique_ptr<TiffReader> TiffReader::open(int fd, const std::string& name, cv::Size size,
                                             PixelFormat format) {
  std::vector<std::unique_ptr<Decoder>> decoders;
  decoders.push_back(std::make_unique<Decoder>(fd));
  if (!decoders.front()->is_fit(size, format)) return nullptr;
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  while (decoders.size() < threads) {
    decoders.push_back(std::make_unique<Decoder>(fd));
    if (!decoders.back()->is_fit(size, format)) return nullptr;
  }
  return std::unique_ptr<TiffReader>(new TiffReader(std::move(decoders), name, size, format));
}

TiffReader::TiffReader(std::vector<std::unique_ptr<Decoder>> decoders, std::string name, cv::Size size,
                       PixelFormat format)
    : decoders_(std::move(decoders)), name_(std::move(name)), size_(size) {
  tiles_.create(0, size.width, format.cv_type());
}

TiffReader::~TiffReader() = default;

void TiffReader::read(cv::Mat& rows) {
  for (int done = 0; done < rows.rows;) {
    if (next_row_ == top_ + tiles_.rows) decode_tiles();
    const int count = std::min(rows.rows - done, top_ + tiles_.rows - next_row_);
    tiles_.rowRange(next_row_ - top_, next_row_ - top_ + count).copyTo(rows.rowRange(done, done + count));
    done += count;
    next_row_ += count;
  }
}

// Each thread takes the next tile that none has taken.
void TiffReader::decode_tiles() {
  const cv::Size tile = decoders_.front()->tile();
  top_ += tiles_.rows;
  tiles_.create(std::min(tile.height, size_.height - top_), size_.width, tiles_.type());
  std::atomic<int> next = 0;
  std::atomic<bool> is_sound = true;
  const auto work = [&](Decoder& decoder) {
    while (is_sound) {
      const int left = next.fetch_add(1) * tile.width;
      if (left >= size_.width) return;
      const cv::Rect place(left, 0, std::min(tile.width, size_.width - left), tiles_.rows);
      if (!decoder.decode({left, top_}, tiles_(place))) is_sound = false;
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < decoders_.size(); ++i) {
    others.push_back(std::async(std::launch::async, work, std::ref(*decoders_[i])));
  }
  work(*decoders_.front());
  for (auto& other : others) other.get();
  if (!is_sound) refuse_damaged(name_, next_row_, size_.height);
}

}  // namespace tilework::imageio

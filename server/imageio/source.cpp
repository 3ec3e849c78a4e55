#include "server/imageio/source.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/model/image_format.h"
#include "server/imageio/bmp/bmp_metadata.h"
#include "server/imageio/bmp/bmp_reader.h"
#include "server/imageio/gif/gif_metadata.h"
#include "server/imageio/jpeg/jpeg_metadata.h"
#include "server/imageio/jpeg/jpeg_reader.h"
#include "server/imageio/jpeg/plain_jpeg.h"
#include "server/imageio/metadata/agree.h"
#include "server/imageio/png/png_metadata.h"
#include "server/imageio/rows/opened_file.h"
#include "server/imageio/rows/turned_reader.h"
#include "server/imageio/tiff/tiff_metadata.h"
#include "server/imageio/tiff/tiff_reader.h"
#include "server/imageio/tiff/tiff_reductions.h"
#include "server/imageio/vips/vips_reader.h"
#include "server/imageio/webp/webp_metadata.h"

namespace tilework::imageio {
namespace {

std::string checked_format(int fd, const std::string& name) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) throw UserError(name + " is not a file");
  if (status.st_size == 0) throw UserError(name + " is empty");
  std::array<unsigned char, 12> start{};
  const ssize_t length = pread(fd, start.data(), start.size(), 0);
  if (length < 0) throw UserError(name + " can't be read: " + std::generic_category().message(errno));
  auto format = format_of_content(std::span(start).first(static_cast<std::size_t>(length)));
  if (format) return *std::move(format);
  throw UserError(name + " is not an image that Tilework can read (" + std::string(supported_formats) + ")");
}

void check_limits(cv::Size size, const Limits& limits, const std::string& name) {
  const std::string is = name + " is " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                         " pixels, and this server takes at most ";
  if (size.width > limits.side || size.height > limits.side) {
    throw UserError(is + std::to_string(limits.side) + " on a side");
  }
  if (static_cast<std::int64_t>(size.width) * size.height > limits.pixels) {
    throw UserError(is + std::to_string(limits.pixels) + " in all");
  }
}

void check_memory(std::int64_t bytes, const Limits& limits, const std::string& name) {
  if (bytes <= limits.decoder_bytes) return;
  constexpr std::int64_t mebibyte = 1 << 20;
  throw UserError(
      name + " is stored in a way that takes " + std::to_string(bytes / mebibyte) +
      " MiB of memory to decode, and this server gives at most " +
      std::to_string(limits.decoder_bytes / mebibyte) +
      "; save it as JPEG that isn't progressive, as PNG that isn't interlaced, or as TIFF in small tiles");
}

std::string frames_note(const std::string& format, int frames) {
  const bool pages = format == "tiff";
  return (pages ? "multi-page TIFF: only the first page of "
                : "animated " + std::string(format == "gif" ? "GIF" : "WebP") + ": only the first of ") +
         std::to_string(frames) + (pages ? " is used" : " frames is used");
}

// Whose pages are one image in several sizes.
bool is_slide(const VipsReader& header, int pages, const std::string& format, int fd,
              const std::string& name) {
  return format == "tiff" && static_cast<int>(tiff_reductions(fd, header, name).size()) == pages - 1;
}

std::unique_ptr<RowReader> read_by_vips(int fd, const std::string& name) {
  auto reader = std::make_unique<VipsReader>(fd, "jpeg", name);
  std::vector<std::string> notes;
  reader->settle_format(notes);
  return reader;
}

FileMetadata read_metadata(int fd, const std::string& format) {
  if (format == "png") return read_png_metadata(fd);
  return format == "webp" ? read_webp_metadata(fd) : read_gif_metadata(fd);
}

}  // namespace

Source::Source(const std::string& path, const std::string& name, const Limits& limits) {
  const OpenedFile file(path, name);
  info_.file_format = checked_format(file.fd(), name);
  if (info_.file_format == "bmp") {
    open_bmp(file.fd(), name, limits);
  } else if (info_.file_format != "jpeg" || !open_plain_jpeg(file.fd(), name, limits)) {
    open_vips(file.fd(), name, limits);
  }
}

void Source::open_bmp(int fd, const std::string& name, const Limits& limits) {
  auto reader = std::make_unique<BmpReader>(fd, name);
  info_.size = reader->header().size;
  info_.format = reader->header().format;
  check_limits(info_.size, limits, name);
  take(read_bmp_metadata(fd));
  reader_ = std::move(reader);
}

void Source::take(FileMetadata file) {
  metadata_ = std::move(file.metadata);
  info_.notes.insert(info_.notes.end(), file.notes.begin(), file.notes.end());
}

bool Source::open_plain_jpeg(int fd, const std::string& name, const Limits& limits) {
  auto image = PlainJpeg::open(fd);
  if (!image) return false;
  info_.size = image->size;
  info_.format = {Depth::u8, image->channels};
  check_limits(info_.size, limits, name);
  reader_ = std::make_unique<PlainJpegReader>(*std::move(image), fd, name, read_by_vips);
  return true;
}

void Source::open_vips(int fd, const std::string& name, const Limits& limits) {
  auto reader = std::make_unique<VipsReader>(fd, info_.file_format, name);
  const cv::Size stored = reader->stored_size();
  check_limits(stored, limits, name);
  check_memory(reader->held_bytes(fd), limits, name);
  const int orientation = reader->orientation();
  const int frames = vips_image_get_n_pages(reader->header());
  if (frames > 1 && !is_slide(*reader, frames, info_.file_format, fd, name)) {
    info_.notes.push_back(frames_note(info_.file_format, frames));
  }
  info_.format = reader->settle_format(info_.notes);
  info_.size = turned_size(stored, orientation);
  if (info_.file_format == "jpeg") {
    metadata_ = read_jpeg_metadata(fd, info_.notes);
  } else if (info_.file_format == "tiff") {
    metadata_ = read_tiff_metadata(fd, 0, info_.notes);
  } else {
    take(read_metadata(fd, info_.file_format));
  }
  turn(metadata_, orientation, stored, info_.notes);
  if (info_.file_format == "jpeg") reader_ = JpegReader::open(fd, name, info_.format.channels);
  if (info_.file_format == "tiff") reader_ = TiffReader::open(fd, name, stored, info_.format);
  if (reader_ == nullptr) reader_ = std::move(reader);
  if (orientation > 1) {
    reader_ = std::make_unique<TurnedReader>(std::move(reader_), stored, info_.format, orientation);
  }
}

Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

void Source::read(cv::Mat& rows) {
  if (rows.empty()) return;
  if (rows.cols != info_.size.width || rows.type() != info_.format.cv_type() ||
      rows.rows > info_.size.height - next_row_) {
    throw std::logic_error("rows asked of an image don't fit it");
  }
  next_row_ += rows.rows;
  reader_->read(rows);
}

}  // namespace tilework::imageio

#include "server/imageio/source.h"

#include <array>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/model/image_format.h"
#include "server/engine/geometry.h"
#include "server/imageio/bmp/bmp_metadata.h"
#include "server/imageio/bmp/bmp_reader.h"
#include "server/imageio/colour/converted_reader.h"
#include "server/imageio/gif/gif_metadata.h"
#include "server/imageio/jpeg/jpeg_metadata.h"
#include "server/imageio/jpeg/jpeg_reader.h"
#include "server/imageio/jpeg/plain_jpeg.h"
#include "server/imageio/metadata/agree.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/png/png_chunk.h"
#include "server/imageio/png/png_metadata.h"
#include "server/imageio/rows/allowed.h"
#include "server/imageio/rows/opened_file.h"
#include "server/imageio/rows/turned_reader.h"
#include "server/imageio/tiff/tiff_metadata.h"
#include "server/imageio/tiff/tiff_opening.h"
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

std::int64_t bytes_in(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_size : 0;
}

std::string frames_note(const std::string& format, int frames) {
  return "animated " + std::string(format == "gif" ? "GIF" : "WebP") + ": only the first of " +
         std::to_string(frames) + " frames is used";
}

std::unique_ptr<RowReader> read_by_vips(int fd, const std::string& name) {
  auto reader = std::make_unique<VipsReader>(fd, "jpeg", name);
  reader->settle_format();
  return reader;
}

FileMetadata read_metadata(int fd, const std::string& format) {
  if (format == "png") return read_png_metadata(fd);
  if (format == "webp") return read_webp_metadata(fd);
  if (format == "gif") return read_gif_metadata(fd);
  FileMetadata file;
  file.storage.format = format;
  file.metadata = read_jpeg_metadata(fd, file.notes);
  return file;
}

// Before a library does, which has no words for it.
void check_png_size(int fd, const Limits& limits, const std::string& name) {
  const auto size = png_size(fd);
  if (!size) return;
  constexpr auto most = static_cast<std::uint32_t>(std::numeric_limits<int>::max());
  if (size->width == 0 || size->height == 0 || size->width > most || size->height > most) {
    refuse_size(name, size->width, size->height);
  }
  check_size({static_cast<int>(size->width), static_cast<int>(size->height)}, limits, name);
}

void take(FileMetadata file, Opening& opening) {
  opening.metadata = std::move(file.metadata);
  opening.storage = file.storage;
  opening.notes.insert(opening.notes.end(), file.notes.begin(), file.notes.end());
}

Opening open_bmp(int fd, const std::string& name, const Limits& limits) {
  auto reader = std::make_unique<BmpReader>(fd, name);
  Opening opening;
  opening.stored = reader->header().size;
  opening.format = reader->header().format;
  check_size(opening.stored, limits, name);
  take(read_bmp_metadata(fd), opening);
  opening.reader = std::move(reader);
  return opening;
}

std::optional<Opening> open_plain_jpeg(int fd, const std::string& name, const Limits& limits) {
  auto image = PlainJpeg::open(fd);
  if (!image) return std::nullopt;
  Opening opening;
  opening.stored = image->size;
  opening.format = {Depth::u8, image->channels};
  opening.storage.format = "jpeg";
  check_size(opening.stored, limits, name);
  opening.reader = std::make_unique<PlainJpegReader>(*std::move(image), fd, name, read_by_vips);
  return opening;
}

Opening open_tiff_picture(int fd, const std::string& name, const Limits& limits) {
  TiffOpening file = open_tiff(fd, name, limits);
  file.opening.metadata = read_tiff_metadata(fd, file.directory, file.opening.notes);
  return std::move(file.opening);
}

Opening open_vips(int fd, const std::string& format, const std::string& name, const Limits& limits) {
  if (format == "png") check_png_size(fd, limits, name);
  FileMetadata file = read_metadata(fd, format);
  auto reader = std::make_unique<VipsReader>(fd, format, name, 1, file.not_for_decoders);
  Opening opening;
  opening.stored = reader->stored_size();
  check_size(opening.stored, limits, name);
  opening.held_bytes = reader->held_bytes();
  check_memory(opening.held_bytes, limits, name);
  opening.orientation = file.hides_exif ? orientation_of(file.metadata.exif) : reader->orientation();
  const int frames = vips_image_get_n_pages(reader->header());
  if (frames > 1) opening.notes.push_back(frames_note(format, frames));
  opening.format = reader->settle_format();
  take(std::move(file), opening);
  if (format == "jpeg") opening.storage.interlaced = opening.held_bytes > 0;
  const auto raw = reader->raw_colours();
  if (format == "jpeg") {
    opening.reader = JpegReader::open(fd, name, raw ? raw->channels() : opening.format.channels);
  }
  if (opening.reader == nullptr) opening.reader = std::move(reader);
  opening.reader = converted(std::move(opening.reader), raw, opening.metadata.icc, opening.notes);
  opening.converted = raw.has_value();
  return opening;
}

Opening open_file(int fd, const std::string& format, const std::string& name, const Limits& limits) {
  if (format == "bmp") return open_bmp(fd, name, limits);
  if (format == "tiff") return open_tiff_picture(fd, name, limits);
  if (format == "jpeg") {
    if (auto plain = open_plain_jpeg(fd, name, limits)) return *std::move(plain);
  }
  return open_vips(fd, format, name, limits);
}

}  // namespace

Source::Source(const std::string& path, const std::string& name, const Limits& limits) {
  const OpenedFile file(path, name);
  info_.file_format = checked_format(file.fd(), name);
  Opening opening = open_file(file.fd(), info_.file_format, name, limits);
  check_expansion(engine::area(opening.stored) * opening.format.bytes(), bytes_in(file.fd()), limits, name);
  turn(opening.metadata, opening.orientation, opening.stored, opening.notes);
  info_.format = opening.format;
  info_.size = turned_size(opening.stored, opening.orientation);
  info_.notes = std::move(opening.notes);
  info_.held_bytes = opening.held_bytes;
  metadata_ = std::move(opening.metadata);
  if (opening.converted) metadata_.icc.clear();
  storage_ = opening.storage;
  reader_ = std::move(opening.reader);
  if (opening.orientation > 1) {
    reader_ =
        std::make_unique<TurnedReader>(std::move(reader_), opening.stored, info_.format, opening.orientation);
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

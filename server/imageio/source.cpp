#include "server/imageio/source.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "server/imageio/bmp/bmp_reader.h"
#include "server/imageio/jpeg/jpeg_reader.h"
#include "server/imageio/jpeg/plain_jpeg.h"
#include "server/imageio/metadata/vips_metadata.h"
#include "server/imageio/rows/allowed.h"
#include "server/imageio/rows/opened_file.h"
#include "server/imageio/rows/turned_reader.h"
#include "server/imageio/tiff/tiff_opening.h"
#include "server/imageio/vips/vips_reader.h"

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

std::string frames_note(const std::string& format, int frames) {
  return "animated " + std::string(format == "gif" ? "GIF" : "WebP") + ": only the first of " +
         std::to_string(frames) + " frames is used";
}

// Of the first page; none where libvips doesn't know the kind of its pixels.
Metadata metadata_of_tiff(int fd, const std::string& name) try {
  return metadata_of(VipsReader(fd, "tiff", name).header());
} catch (const UserError&) {
  return {};
}

std::unique_ptr<RowReader> read_by_vips(int fd, const std::string& name) {
  auto reader = std::make_unique<VipsReader>(fd, "jpeg", name);
  std::vector<std::string> notes;
  reader->settle_format(notes);
  return reader;
}

}  // namespace

Source::Source(const std::string& path, const std::string& name, const Limits& limits) {
  const OpenedFile file(path, name);
  info_.file_format = checked_format(file.fd(), name);
  if (info_.file_format == "bmp") {
    open_bmp(file.fd(), name, limits);
  } else if (info_.file_format == "tiff") {
    open_tiff_file(file.fd(), name, limits);
  } else if (info_.file_format != "jpeg" || !open_plain_jpeg(file.fd(), name, limits)) {
    open_vips(file.fd(), name, limits);
  }
}

void Source::open_bmp(int fd, const std::string& name, const Limits& limits) {
  auto reader = std::make_unique<BmpReader>(fd, name);
  info_.size = reader->header().size;
  info_.format = reader->header().format;
  check_size(info_.size, limits, name);
  reader_ = std::move(reader);
}

bool Source::open_plain_jpeg(int fd, const std::string& name, const Limits& limits) {
  auto image = PlainJpeg::open(fd);
  if (!image) return false;
  info_.size = image->size;
  info_.format = {Depth::u8, image->channels};
  check_size(info_.size, limits, name);
  reader_ = std::make_unique<PlainJpegReader>(*std::move(image), fd, name, read_by_vips);
  return true;
}

void Source::open_tiff_file(int fd, const std::string& name, const Limits& limits) {
  Opening opening = open_tiff(fd, name, limits).opening;
  info_.format = opening.format;
  info_.size = turned_size(opening.stored, opening.orientation);
  info_.notes = std::move(opening.notes);
  metadata_ = metadata_of_tiff(fd, name);
  reader_ = std::move(opening.reader);
  if (opening.orientation > 1) {
    reader_ =
        std::make_unique<TurnedReader>(std::move(reader_), opening.stored, info_.format, opening.orientation);
  }
}

void Source::open_vips(int fd, const std::string& name, const Limits& limits) {
  auto reader = std::make_unique<VipsReader>(fd, info_.file_format, name);
  const cv::Size stored = reader->stored_size();
  check_size(stored, limits, name);
  check_memory(reader->held_bytes(), limits, name);
  const int orientation = reader->orientation();
  const int frames = vips_image_get_n_pages(reader->header());
  if (frames > 1) info_.notes.push_back(frames_note(info_.file_format, frames));
  info_.format = reader->settle_format(info_.notes);
  info_.size = turned_size(stored, orientation);
  metadata_ = metadata_of(reader->header());
  if (info_.file_format == "jpeg") reader_ = JpegReader::open(fd, name, info_.format.channels);
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

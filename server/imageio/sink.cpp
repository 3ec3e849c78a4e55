#include "server/imageio/sink.h"

#include <stdexcept>
#include <utility>

#include "schema/model/error.h"
#include "schema/model/storing.h"
#include "schema/storage/storage_trouble.h"
#include "server/imageio/bmp/bmp_writer.h"
#include "server/imageio/colour/made_profile.h"
#include "server/imageio/jpeg/jpeg_metadata.h"
#include "server/imageio/jpeg/jpeg_writer.h"
#include "server/imageio/jpeg/plain_jpeg_writer.h"
#include "server/imageio/metadata/agree.h"
#include "server/imageio/metadata/left_out.h"
#include "server/imageio/metadata/texts.h"
#include "server/imageio/png/indexed_png_writer.h"
#include "server/imageio/png/png_metadata_chunks.h"
#include "server/imageio/rows/storable.h"
#include "server/imageio/rows/write_at.h"
#include "server/imageio/storing/choice.h"
#include "server/imageio/storing/spooled_writer.h"
#include "server/imageio/tiff/small_tiff_writer.h"
#include "server/imageio/vips/vips_encoder.h"
#include "server/imageio/webp/lossless_webp_writer.h"

namespace tilework::imageio {
namespace {

void check(cv::Size size, const OutputSettings& settings) {
  if (settings.jpeg_quality < 1 || settings.jpeg_quality > 100) {
    throw UserError("the quality must be from 1 to 100, not " + std::to_string(settings.jpeg_quality));
  }
  if (!is_chroma(settings.chroma)) {
    throw UserError("\"" + settings.chroma + "\" is no chroma of JPEG; choose auto, 4:4:4 or 4:2:0");
  }
  if (!is_format(settings.format)) {
    throw UserError("\"" + settings.format + "\" is not a file format that Tilework writes; use one of " +
                    std::string(supported_formats));
  }
  check_storing(settings.format, settings.compression, settings.lossless);
  const int largest = largest_side(settings.format);
  if (size.width > largest || size.height > largest) {
    throw UserError("a file of format " + settings.format + " takes at most " + std::to_string(largest) +
                    " pixels on a side, and the image has " + std::to_string(size.width) + " x " +
                    std::to_string(size.height) + "; choose png or tiff");
  }
  const std::int64_t most = largest_area(settings.format);
  if (std::int64_t{size.width} * size.height > most) {
    throw UserError("a file of format " + settings.format + " may have at most " + std::to_string(most) +
                    " pixels, because its encoder needs them all in memory, and the image has " +
                    std::to_string(size.width) + " x " + std::to_string(size.height) +
                    "; choose png or tiff");
  }
}

// What all writers are made of.
struct Output {
  int fd;
  cv::Size size;
  PixelFormat format;  // storable()'s
  Metadata metadata;
  OutputSettings settings;
};

std::unique_ptr<RowWriter> make_jpeg_writer(const Output& out, const Storage& storage,
                                            std::vector<std::string>& notes) {
  if (!storage.interlaced && PlainJpegWriter::can_write(out.size, out.format, out.metadata, out.settings)) {
    return std::make_unique<PlainJpegWriter>(out.fd, out.size, out.format, out.settings);
  }
  return std::make_unique<JpegWriter>(out.fd, out.size, out.format, out.settings, storage.interlaced,
                                      jpeg_header(out.metadata, notes));
}

// `palette` is null where none is to be stored.
std::unique_ptr<RowWriter> make_writer(const Output& out, const Storage& storage, const Palette* palette,
                                       std::vector<std::string>& notes) {
  if (storage.format == "jpeg") return make_jpeg_writer(out, storage, notes);
  if (storage.format == "bmp") {
    return std::make_unique<BmpWriter>(out.fd, out.size, out.format.channels, out.metadata);
  }
  const bool is_small = palette != nullptr || storage.bits > 1;  // of one bit, libvips packs well
  if (storage.format == "tiff" && is_small) {
    return std::make_unique<SmallTiffWriter>(out.fd, out.size, palette, storage, out.metadata);
  }
  if (palette != nullptr) {
    return std::make_unique<IndexedPngWriter>(
        out.fd, out.size, *palette, storage, png_metadata_chunks(out.metadata, out.format.colour_channels()));
  }
  if (storage.lossless) return std::make_unique<LosslessWebpWriter>(out.fd, out.size, out.metadata);
  return std::make_unique<VipsEncoder>(out.fd, out.size, out.format, out.metadata, out.settings, storage);
}

// What PNG says of colours in chunks of its own is a profile in all formats that have a place for one.
void say_by_profile(Metadata& metadata, bool gray, const std::string& format,
                    std::vector<std::string>& notes) {
  const ColourSpace colours = std::exchange(metadata.colours, {});
  const bool counts = metadata.icc.empty() || colours.cicp;
  if (colours.empty() || !counts) return;
  if (std::string made = icc_of(colours, gray); !made.empty()) metadata.icc = std::move(made);
  if (auto note = colours_lost(colours, gray, format); !note.empty()) notes.push_back(std::move(note));
}

// The metadata as the file can have it.
Metadata placed(const Metadata& metadata, cv::Size size, PixelFormat format, const OutputSettings& settings,
                std::vector<std::string>& notes) {
  Metadata agreed = agreeing(metadata, size, format, settings.format, notes);
  if (settings.format == "webp") move_texts_to_exif(agreed);
  if (settings.format == "jpeg") move_titles_to_exif(agreed);
  if (settings.format != "png" && settings.format != "gif") {
    say_by_profile(agreed, format.colour_channels() == 1, settings.format, notes);
  }
  if (auto note = left_out(agreed, settings.format)) notes.push_back(*std::move(note));
  return agreed;
}

}  // namespace

Sink::Sink(int fd, cv::Size size, PixelFormat format, const Metadata& metadata,
           const OutputSettings& settings, const Storage& source)
    : fd_(fd), size_(size), format_(format) {
  check(size, settings);
  stored_ = storable(format, settings.format, notes_);
  const Storage storage = choose_storage(source, settings, stored_, size, notes_);
  const Output out{fd, size, stored_, placed(metadata, size, stored_, settings, notes_), settings};
  with_writer([&] {
    if (storage.bits != 0 || storage.palette) {
      writer_ = std::make_unique<SpooledWriter>(size, stored_, storage,
                                                [out](const Storage& fitting, const Palette* palette) {
                                                  std::vector<std::string> notes;
                                                  return make_writer(out, fitting, palette, notes);
                                                });
    } else {
      writer_ = make_writer(out, storage, nullptr, notes_);
    }
  });
}

// Writers know what the system said; where the file lies is told here.
template <typename Work>
void Sink::with_writer(Work&& work) {
  try {
    work();
  } catch (const WriteError& error) {
    throw Error(Fault::failed, "the result can't be written: " + storage_trouble(fd_, error.number()));
  }
}

Sink::Sink(Sink&&) noexcept = default;
Sink& Sink::operator=(Sink&&) noexcept = default;
Sink::~Sink() = default;

void Sink::write(const cv::Mat& rows) {
  if (!rows.empty()) write(std::vector<cv::Mat>{rows});
}

void Sink::write(const std::vector<cv::Mat>& parts) {
  int width = 0;
  std::vector<cv::Mat> stored;
  for (const cv::Mat& part : parts) {
    if (part.rows != parts.front().rows || part.type() != format_.cv_type()) break;
    width += part.cols;
    stored.push_back(convert_to(part, stored_));
  }
  if (width != size_.width || parts.front().rows > size_.height - next_row_) {
    throw std::logic_error("rows given for an image don't fit it");
  }
  next_row_ += parts.front().rows;
  with_writer([&] { writer_->write(stored); });
}

void Sink::finish() {
  if (next_row_ != size_.height) throw std::logic_error("an image was finished before its last row");
  with_writer([this] { writer_->finish(); });
  const auto last = writer_->notes();
  notes_.insert(notes_.end(), last.begin(), last.end());
}

}  // namespace tilework::imageio

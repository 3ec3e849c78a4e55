#include "server/imageio/sink.h"

#include <stdexcept>

#include "schema/model/error.h"
#include "schema/model/storing.h"
#include "server/imageio/bmp/bmp_writer.h"
#include "server/imageio/jpeg/jpeg_header.h"
#include "server/imageio/jpeg/jpeg_writer.h"
#include "server/imageio/jpeg/plain_jpeg_writer.h"
#include "server/imageio/rows/storable.h"
#include "server/imageio/vips/vips_encoder.h"

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

}  // namespace

Sink::Sink(int fd, cv::Size size, PixelFormat format, const Metadata& metadata,
           const OutputSettings& settings)
    : size_(size), format_(format) {
  check(size, settings);
  stored_ = storable(format, settings.format, notes_);
  if (settings.format == "bmp") {
    writer_ = std::make_unique<BmpWriter>(fd, size, stored_.channels);
    return;
  }
  if (PlainJpegWriter::can_write(size, stored_, metadata, settings)) {
    writer_ = std::make_unique<PlainJpegWriter>(fd, size, stored_, settings);
    return;
  }
  bool profile_kept = true;
  if (settings.format == "jpeg") {
    const std::string header = jpeg_header(size, stored_, metadata, profile_kept);
    writer_ = std::make_unique<JpegWriter>(fd, size, stored_, settings, header);
  } else {
    writer_ = std::make_unique<VipsEncoder>(fd, size, stored_, metadata, settings, profile_kept);
  }
  if (!profile_kept) notes_.push_back("the colour profile doesn't fit the image any more and was left out");
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
  writer_->write(stored);
}

void Sink::finish() {
  if (next_row_ != size_.height) throw std::logic_error("an image was finished before its last row");
  writer_->finish();
}

}  // namespace tilework::imageio

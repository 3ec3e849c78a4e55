#include "server/imageio/vips/vips_reader.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "schema/model/error.h"
#include "server/imageio/vips/file_source.h"

namespace tilework::imageio {
namespace {

// Decoded at a time: enough to pay for the call, small enough for the cache.
constexpr int rows_at_once = 64;

// The library's own account of what failed, as one line. Its errors are one list for all threads, so this may
// name another's trouble when two fail at once; rows therefore don't use it.
std::string last_error() {
  char* text = vips_error_buffer_copy();
  std::string line(text);
  g_free(text);
  line = line.substr(0, line.find('\n'));
  // It begins with the name of a part of the library.
  if (const auto colon = line.find(": "); colon != std::string::npos) line.erase(0, colon + 2);
  // What it says of WebP where a length in the file isn't true.
  return line.empty() || line == "unable to parse image" ? "it is damaged or cut short" : line;
}

int load(VipsSource* source, const std::string& format, int shrink, VipsImage** out) {
  // Not a stricter setting: the PNG loader then ignores checksums, and JPEGs with harmless oddities fail.
  const auto fail = VIPS_FAIL_ON_TRUNCATED;
  const auto order = VIPS_ACCESS_SEQUENTIAL;
  if (format == "jpeg") {
    return vips_jpegload_source(source, out, "access", order, "fail_on", fail, "shrink", shrink, nullptr);
  }
  if (format == "png") return vips_pngload_source(source, out, "access", order, "fail_on", fail, nullptr);
  if (format == "webp") return vips_webpload_source(source, out, "access", order, "fail_on", fail, nullptr);
  return vips_gifload_source(source, out, "access", order, "fail_on", fail, nullptr);
}

}  // namespace

VipsReader::VipsReader(int fd, const std::string& format, std::string name, int shrink,
                       const std::vector<FilePart>& left_out)
    : file_format_(format), name_(std::move(name)) {
  vips_error_clear();
  const Owned<VipsSource> source = source_of(fd, left_out);
  VipsImage* out = nullptr;
  if (source == nullptr || load(source.get(), format, shrink, &out) != 0) refuse(last_error());
  image_.reset(out);
}

void VipsReader::refuse(const std::string& why) const {
  throw UserError(name_ + " can't be read: " + why);
}

std::int64_t VipsReader::held_bytes() const {
  const std::int64_t pixels = std::int64_t{image_->Xsize} * image_->Ysize;
  const auto is_set = [this](const char* field) {
    int value = 0;
    return vips_image_get_typeof(image_.get(), field) != 0 &&
           vips_image_get_int(image_.get(), field, &value) == 0 && value != 0;
  };
  if (file_format_ == "webp") return 8 * pixels;  // the pixels, and the decoder's own copy
  if (file_format_ == "gif") return 4 * pixels;
  // Between its scans libjpeg keeps the coefficients, 16 bits for a sample at the most.
  if (file_format_ == "jpeg" && is_set("jpeg-multiscan")) return 2 * pixels * image_->Bands;
  if (file_format_ == "png" && is_set("interlaced")) {
    return static_cast<std::int64_t>(VIPS_IMAGE_SIZEOF_IMAGE(image_.get()));
  }
  return 0;
}

PixelFormat VipsReader::settle_format() {
  check_samples();
  format_.depth = image_->BandFmt == VIPS_FORMAT_UCHAR    ? Depth::u8
                  : image_->BandFmt == VIPS_FORMAT_USHORT ? Depth::u16
                                                          : Depth::f32;
  format_.channels = image_->Bands;
  if (image_->Type == VIPS_INTERPRETATION_CMYK) {
    if (format_.depth == Depth::f32 || format_.channels < 4 || format_.channels > 5) {
      refuse("Tilework takes CMYK of 8 or 16 bit, with or without alpha");
    }
    raw_ = RawColours{ColourModel::cmyk, format_.depth, format_.channels == 5};
    format_ = raw_->converted();
  }
  if (format_.channels > 4) {
    refuse("it has " + std::to_string(format_.channels) + " channels, and Tilework takes 1 to 4");
  }
  return format_;
}

void VipsReader::check_samples() const {
  const VipsBandFormat type = image_->BandFmt;
  if (type == VIPS_FORMAT_UCHAR || type == VIPS_FORMAT_USHORT || type == VIPS_FORMAT_FLOAT) return;
  refuse(std::string("its samples are of type ") + vips_enum_nick(VIPS_TYPE_BAND_FORMAT, type) +
         "; convert it to 8 or 16 bit unsigned, or to 32 bit float");
}

void VipsReader::read(cv::Mat& rows) {
  if (region_ == nullptr) region_.reset(vips_region_new(image_.get()));
  for (int done = 0; done < rows.rows;) {
    const int height = std::min(rows_at_once, rows.rows - done);
    const VipsRect strip{0, next_row_, rows.cols, height};
    if (vips_region_prepare(region_.get(), &strip) != 0) {
      vips_error_clear();
      refuse_damaged(name_, next_row_, image_->Ysize);
    }
    const cv::Mat in(height, rows.cols, rows.type(), VIPS_REGION_ADDR(region_.get(), 0, next_row_),
                     VIPS_REGION_LSKIP(region_.get()));
    cv::Mat out = rows.rowRange(done, done + height);
    if (raw_ || format_.channels < 3) {
      in.copyTo(out);
    } else {
      cv::cvtColor(in, out, format_.channels == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
    }
    done += height;
    next_row_ += height;
  }
}

}  // namespace tilework::imageio

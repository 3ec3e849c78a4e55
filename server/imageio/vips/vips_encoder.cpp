#include "server/imageio/vips/vips_encoder.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "server/imageio/gif/gif_metadata.h"
#include "server/imageio/png/png_metadata_chunks.h"
#include "server/imageio/rows/write_at.h"
#include "server/imageio/sink.h"
#include "server/imageio/tiff/tiff_metadata.h"
#include "server/imageio/vips/vips_saving.h"
#include "server/imageio/webp/webp_metadata.h"

namespace tilework::imageio {
namespace {

// Pixels that are encoded in a few milliseconds, where a thread costs much of that and nobody needs to stop
// it.
constexpr std::int64_t small_image = 1 << 20;

VipsBandFormat band_format(Depth depth) {
  return depth == Depth::u8    ? VIPS_FORMAT_UCHAR
         : depth == Depth::u16 ? VIPS_FORMAT_USHORT
                               : VIPS_FORMAT_FLOAT;
}

VipsInterpretation interpretation(PixelFormat format) {
  const bool gray = format.colour_channels() == 1;
  switch (format.depth) {
    case Depth::u8:
      return gray ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    case Depth::u16:
      return gray ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
    default:
      return gray ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_scRGB;
  }
}

std::optional<PngFilter> filter_of(const Metadata& metadata, PixelFormat format,
                                   const OutputSettings& settings) {
  if (settings.format != "png") return std::nullopt;
  return PngFilter(png_metadata_chunks(metadata, format.colour_channels()));
}

void to_rgb(const cv::Mat& from, cv::Mat& to) {
  if (from.channels() < 3) {
    from.copyTo(to);
  } else {
    cv::cvtColor(from, to, from.channels() == 3 ? cv::COLOR_BGR2RGB : cv::COLOR_BGRA2RGBA);
  }
}

// An area of matrices that lie side by side.
void copy_rows(const std::vector<cv::Mat>& parts, const VipsRect& area, cv::Mat& to) {
  const cv::Rect wanted(area.left, area.top, area.width, area.height);
  int left = 0;
  for (const cv::Mat& part : parts) {
    const cv::Rect here = wanted & cv::Rect(left, 0, part.cols, part.rows);
    if (!here.empty()) {
      cv::Mat target = to(here - wanted.tl());
      to_rgb(part(here - cv::Point(left, 0)), target);
    }
    left += part.cols;
  }
}

}  // namespace

VipsEncoder::VipsEncoder(int fd, cv::Size size, PixelFormat format, const Metadata& metadata,
                         const OutputSettings& settings, const Storage& storage)
    : fd_(fd),
      format_(format),
      metadata_(metadata),
      settings_(settings),
      storage_(storage),
      target_(fd, filter_of(metadata, format, settings)),
      image_(vips_image_new()) {
  vips_image_init_fields(image_.get(), size.width, size.height, format.channels, band_format(format.depth),
                         VIPS_CODING_NONE, interpretation(format), 1, 1);
  // Whole rows at a time, and one worker: it asks for each row once, in order.
  vips_image_pipelinev(image_.get(), VIPS_DEMAND_STYLE_FATSTRIP, nullptr);
  vips_image_set_int(image_.get(), VIPS_META_CONCURRENCY, 1);
  if (vips_image_generate(image_.get(), nullptr, generate, nullptr, this, nullptr) != 0) fail();
}

VipsEncoder::~VipsEncoder() {
  queue_.stop();
  if (thread_.joinable()) thread_.join();
}

void VipsEncoder::start(const std::vector<cv::Mat>& first) {
  started_ = true;
  if (first.front().rows == image_->Ysize && std::int64_t{image_->Xsize} * image_->Ysize <= small_image) {
    whole_ = &first;
    encode();
    whole_ = nullptr;
    return;
  }
  thread_ = std::thread([this] {
    encode();
    vips_thread_shutdown();
  });
}

void VipsEncoder::encode() {
  const bool in_memory = storage_.format == "webp" || storage_.format == "gif";
  failed_ =
      in_memory ? !save_in_memory() : save_by_vips(image_.get(), target_.get(), settings_, storage_) != 0;
  vips_error_clear();
  queue_.stop();  // a writer must not wait for an encoder that gave up
}

// Its encoder holds all of the image, and of the file as well.
bool VipsEncoder::save_in_memory() {
  void* bytes = nullptr;
  std::size_t size = 0;
  if (save_in_memory_of(image_.get(), settings_, storage_, &bytes, &size) != 0) return false;
  const std::unique_ptr<void, decltype(&g_free)> owner(bytes, g_free);
  const std::string saved(static_cast<const char*>(bytes), size);
  std::optional<std::string> file;
  if (settings_.format == "gif") {
    file = gif_with(saved, metadata_);
  } else {
    file = webp_with(saved, metadata_);
  }
  return file && vips_target_write(target_.get(), file->data(), file->size()) == 0 &&
         vips_target_end(target_.get()) == 0;
}

int VipsEncoder::generate(VipsRegion* out, void*, void* self, void*, gboolean* stop) {
  auto& encoder = *static_cast<VipsEncoder*>(self);
  const VipsRect& area = out->valid;
  cv::Mat to(area.height, area.width, encoder.format_.cv_type(), VIPS_REGION_ADDR_TOPLEFT(out),
             VIPS_REGION_LSKIP(out));
  if (encoder.whole_ != nullptr) {
    copy_rows(*encoder.whole_, area, to);
    return 0;
  }
  if (area.left == 0 && area.width == out->im->Xsize && encoder.queue_.take(area.top, to, to_rgb)) return 0;
  *stop = TRUE;
  return -1;
}

void VipsEncoder::write(const std::vector<cv::Mat>& parts) {
  if (settings_.format == "gif") {
    for (const cv::Mat& part : parts) few_colours_ = few_colours_ && palette_.add(part);
  }
  if (!started_) start(parts);
  const bool is_done = thread_.joinable() ? queue_.give(parts) : !failed_;
  if (!is_done) fail();
}

void VipsEncoder::finish() {
  if (thread_.joinable()) thread_.join();
  if (failed_) fail();
  if (settings_.format == "tiff") write_tiff_metadata(fd_, metadata_, notes_);
  if (settings_.format == "gif") note_colours();
}

void VipsEncoder::note_colours() {
  const auto is_half_seen = [](const cv::Vec4b& colour) { return colour[3] != 0 && colour[3] != 255; };
  if (!few_colours_) {
    notes_.push_back("GIF has no more than 256 colours: the image was reduced to them");
  } else if (std::ranges::any_of(palette_.colours(), is_half_seen)) {
    notes_.push_back("GIF's pixels are seen or not: what was partly transparent was rounded");
  }
}

void VipsEncoder::fail() {
  if (thread_.joinable()) thread_.join();
  refuse_to_write(target_.error());
}

}  // namespace tilework::imageio

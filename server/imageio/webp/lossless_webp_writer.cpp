#include "server/imageio/webp/lossless_webp_writer.h"

#include <string>

#include <opencv2/imgproc.hpp>
#include <webp/encode.h>

#include "server/imageio/rows/write_at.h"
#include "server/imageio/webp/webp_metadata.h"

namespace tilework::imageio {
namespace {

// BGRA, which libwebp's pixels are in memory on machines of little endian.
void to_bgra(const cv::Mat& from, cv::Mat& to) {
  if (from.channels() == 2) {
    const int both[] = {0, 0, 0, 1, 0, 2, 1, 3};
    cv::mixChannels(&from, 1, &to, 1, both, 4);
  } else if (from.channels() == 4) {
    from.copyTo(to);
  } else {
    cv::cvtColor(from, to, from.channels() == 1 ? cv::COLOR_GRAY2BGRA : cv::COLOR_BGR2BGRA);
  }
}

}  // namespace

struct LosslessWebpWriter::Encoder {
  explicit Encoder(cv::Size size) {
    WebPMemoryWriterInit(&memory);
    if (WebPPictureInit(&picture) == 0) return;
    picture.use_argb = 1;
    picture.width = size.width;
    picture.height = size.height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &memory;
    is_ready = WebPPictureAlloc(&picture) != 0;
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&memory);
  }

  bool encode() {
    WebPConfig config;
    if (WebPConfigInit(&config) == 0) return false;
    config.lossless = 1;
    config.exact = 1;
    return WebPEncode(&config, &picture) != 0;
  }

  WebPMemoryWriter memory{};
  WebPPicture picture{};
  bool is_ready = false;
};

LosslessWebpWriter::LosslessWebpWriter(int fd, cv::Size size, const Metadata& metadata)
    : fd_(fd), metadata_(metadata), encoder_(std::make_unique<Encoder>(size)) {
  if (!encoder_->is_ready) refuse_to_write(0);
}

LosslessWebpWriter::~LosslessWebpWriter() = default;

void LosslessWebpWriter::write(const std::vector<cv::Mat>& parts) {
  const WebPPicture& picture = encoder_->picture;
  cv::Mat whole(picture.height, picture.width, CV_8UC4, picture.argb,
                static_cast<std::size_t>(picture.argb_stride) * sizeof(std::uint32_t));
  int left = 0;
  for (const cv::Mat& part : parts) {
    cv::Mat to = whole(cv::Rect({left, rows_}, part.size()));
    to_bgra(part, to);
    left += part.cols;
  }
  rows_ += parts.front().rows;
}

void LosslessWebpWriter::finish() {
  if (!encoder_->encode()) refuse_to_write(0);
  const std::string encoded(reinterpret_cast<const char*>(encoder_->memory.mem), encoder_->memory.size);
  const auto file = webp_with(encoded, metadata_);
  const int error = file ? write_at(fd_, file->data(), file->size(), 0) : 0;
  if (!file || error != 0) refuse_to_write(error);
}

}  // namespace tilework::imageio

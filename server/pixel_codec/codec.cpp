#include "server/pixel_codec/codec.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

#define ZSTD_STATIC_LINKING_ONLY  // for ZSTD_c_literalCompressionMode
#include <zstd.h>

#include "schema/model/error.h"
#include "server/pixel_codec/prediction.h"

namespace tilework::pixel_codec {
namespace {

// The block size of zstd: it makes one Huffman table for that many bytes. Small enough for a core's cache.
constexpr std::size_t values_in_frame = 128 << 10;

// Residuals seldom repeat, so looking for repetitions costs much and gains nothing: with this level (of 22
// down to -131072) zstd looks at few places. What remains is Huffman coding, which such levels do when they
// are told to. README.md has the measurements.
constexpr int level = -1000;

[[noreturn]] void damaged(const char* how) {
  throw Error(Fault::failed, std::string("packed pixels are damaged: ") + how);
}

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Each thread keeps its contexts: making one costs as much as packing a small tile.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context = [] {
    std::unique_ptr<ZSTD_CCtx, Free> made(ZSTD_createCCtx());
    if (made == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_checksumFlag, 1);
    // A zstd that doesn't know it packs less well, and as rightly.
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
    return made;
  }();
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  if (context == nullptr) throw std::bad_alloc();
  return context.get();
}

// The rows that one frame holds.
template <class T>
class Frames {
 public:
  explicit Frames(const cv::Mat& pixels)
      : row_values_(static_cast<std::size_t>(pixels.cols) * static_cast<std::size_t>(pixels.channels())),
        rows_(std::max<int>(1, static_cast<int>(values_in_frame / row_values_))),
        values_(row_values_ * static_cast<std::size_t>(std::min(rows_, pixels.rows))) {
    if constexpr (sizeof(T) > 1) planes_.resize(values_.size() * sizeof(T));
  }

  int rows() const { return rows_; }
  std::size_t bytes(int rows) const { return static_cast<std::size_t>(rows) * row_values_ * sizeof(T); }
  T* row(int index) { return values_.data() + static_cast<std::size_t>(index) * row_values_; }

  // The bytes of the frame, before split() or after join() the values that they are.
  std::byte* data() { return sizeof(T) > 1 ? planes_.data() : reinterpret_cast<std::byte*>(values_.data()); }
  void split(int rows) {
    const std::size_t count = static_cast<std::size_t>(rows) * row_values_;
    for (std::size_t plane = 0; sizeof(T) > 1 && plane < sizeof(T); ++plane) {
      for (std::size_t i = 0; i < count; ++i) {
        planes_[plane * count + i] = static_cast<std::byte>(values_[i] >> (8 * plane));
      }
    }
  }
  void join(int rows) {
    const std::size_t count = static_cast<std::size_t>(rows) * row_values_;
    for (std::size_t plane = 0; sizeof(T) > 1 && plane < sizeof(T); ++plane) {
      for (std::size_t i = 0; i < count; ++i) {
        const T part = static_cast<T>(static_cast<T>(planes_[plane * count + i]) << (8 * plane));
        values_[i] = plane == 0 ? part : static_cast<T>(values_[i] | part);
      }
    }
  }

 private:
  std::size_t row_values_;
  int rows_;
  std::vector<T> values_;
  std::vector<std::byte> planes_;
};

template <class T>
std::vector<std::byte> pack_values(const cv::Mat& pixels) {
  Frames<T> frames(pixels);
  Prediction<T> prediction(pixels.cols, pixels.channels());
  std::vector<std::byte> frame(ZSTD_compressBound(frames.bytes(frames.rows())));
  std::vector<std::byte> packed;
  packed.reserve(pixels.total() * pixels.elemSize() / 2);
  for (int top = 0; top < pixels.rows; top += frames.rows()) {
    const int rows = std::min(frames.rows(), pixels.rows - top);
    for (int i = 0; i < rows; ++i) prediction.residuals_of(pixels.ptr<T>(top + i), frames.row(i));
    frames.split(rows);
    const std::size_t size =
        ZSTD_compress2(compressor(), frame.data(), frame.size(), frames.data(), frames.bytes(rows));
    if (ZSTD_isError(size)) {
      throw Error(Fault::failed, std::string("pixels can't be packed: ") + ZSTD_getErrorName(size));
    }
    packed.insert(packed.end(), frame.data(), frame.data() + size);
  }
  return packed;
}

template <class T>
void unpack_values(std::span<const std::byte> packed, cv::Mat& pixels) {
  Frames<T> frames(pixels);
  Prediction<T> prediction(pixels.cols, pixels.channels());
  for (int top = 0; top < pixels.rows; top += frames.rows()) {
    const int rows = std::min(frames.rows(), pixels.rows - top);
    const std::size_t size = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
    if (ZSTD_isError(size)) damaged("they are cut off");
    if (ZSTD_getFrameContentSize(packed.data(), size) != frames.bytes(rows)) {
      damaged("they are of another size");
    }
    const std::size_t filled =
        ZSTD_decompressDCtx(decompressor(), frames.data(), frames.bytes(rows), packed.data(), size);
    if (ZSTD_isError(filled)) damaged(ZSTD_getErrorName(filled));
    if (filled != frames.bytes(rows)) damaged("they are of another size");
    packed = packed.subspan(size);
    frames.join(rows);
    for (int i = 0; i < rows; ++i) prediction.row_of(frames.row(i), pixels.ptr<T>(top + i));
  }
  if (!packed.empty()) damaged("there is more than the pixels");
}

}  // namespace

std::vector<std::byte> pack(const cv::Mat& pixels) {
  switch (pixels.elemSize1()) {
    case 1:
      return pack_values<std::uint8_t>(pixels);
    case 2:
      return pack_values<std::uint16_t>(pixels);
    default:
      return pack_values<std::uint32_t>(pixels);
  }
}

void unpack(std::span<const std::byte> packed, cv::Mat& pixels) {
  switch (pixels.elemSize1()) {
    case 1:
      return unpack_values<std::uint8_t>(packed, pixels);
    case 2:
      return unpack_values<std::uint16_t>(packed, pixels);
    default:
      return unpack_values<std::uint32_t>(packed, pixels);
  }
}

}  // namespace tilework::pixel_codec

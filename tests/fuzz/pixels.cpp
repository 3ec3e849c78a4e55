// Pixels that come packed over the network. The first bytes say of which size and format they should be; the
// rest is what came or, by choice, pixels to be packed, which come out as they went in, and with a byte of
// theirs changed.
#include <cstring>
#include <span>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/pixel_codec/codec.h"
#include "tests/fuzz/source.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

// With room beside the rows, in which nothing may be written.
class Target {
 public:
  Target(cv::Size size, int type) : room_(size.height, size.width + 3, type, cv::Scalar::all(7)) {}

  cv::Mat pixels() { return room_.colRange(1, room_.cols - 2); }
  void check_room() const {
    for (const cv::Mat& side : {room_.colRange(0, 1), room_.colRange(room_.cols - 2, room_.cols)}) {
      const cv::Mat untouched(side.size(), side.type(), cv::Scalar::all(7));
      if (cv::norm(side, untouched, cv::NORM_INF) != 0) __builtin_trap();
    }
  }

 private:
  cv::Mat room_;
};

void unpack(std::span<const std::byte> packed, cv::Size size, int type) {
  Target target(size, type);
  cv::Mat pixels = target.pixels();
  may_refuse([&] { pixel_codec::unpack(packed, pixels); });
  target.check_room();
}

void go_there_and_back(Source& source, cv::Size size, int type) {
  const auto place = source.whole(2);
  const auto change = static_cast<std::byte>(source.byte());
  cv::Mat pixels(size, type, cv::Scalar::all(0));
  const Bytes values = source.take(pixels.total() * pixels.elemSize());
  if (!values.empty()) std::memcpy(pixels.data, values.data(), values.size());
  auto packed = pixel_codec::pack(pixels);
  cv::Mat back(size, type);
  pixel_codec::unpack(packed, back);
  if (std::memcmp(pixels.data, back.data, pixels.total() * pixels.elemSize()) != 0) __builtin_trap();
  packed[place % packed.size()] ^= change;
  unpack(packed, size, type);
}

}  // namespace

void run(Bytes bytes) {
  Source source(bytes);
  const bool there_and_back = (source.byte() & 1) != 0;
  const auto depth = static_cast<Depth>(source.one_of(3));
  const PixelFormat format{depth, static_cast<int>(1 + source.one_of(4))};
  const cv::Size size(static_cast<int>(1 + source.one_of(64)), static_cast<int>(1 + source.byte()));
  if (there_and_back) return go_there_and_back(source, size, format.cv_type());
  unpack(std::as_bytes(source.rest()), size, format.cv_type());
}

}  // namespace tilework::fuzz

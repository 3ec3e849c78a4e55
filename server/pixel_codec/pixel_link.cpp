#include "server/pixel_codec/pixel_link.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "server/pixel_codec/codec.h"

namespace tilework::pixel_codec {
namespace {

using Clock = std::chrono::steady_clock;

struct Work {
  std::vector<std::byte> packed;
  std::chrono::nanoseconds time;
};

}  // namespace

bool PixelLink::choose() {
  if (packing_ != Packing::where_it_pays) return packing_ == Packing::always;
  if (const auto seen = rate_.seen()) model_->saw_rate(*seen);
  return model_->choose();
}

kj::Promise<kj::Maybe<std::vector<std::byte>>> PixelLink::pack(cv::Mat pixels,
                                                               std::shared_ptr<const void> memory) {
  if (!choose()) return kj::Maybe<std::vector<std::byte>>(nullptr);
  const std::size_t plain = pixels.total() * pixels.elemSize();
  return threads_
      .run([pixels = std::move(pixels), memory = std::move(memory)] {
        const auto begin = Clock::now();
        auto packed = pixel_codec::pack(pixels);
        return Work{std::move(packed), Clock::now() - begin};
      })
      .then([plain, model = model_](Work&& work) -> kj::Maybe<std::vector<std::byte>> {
        model->saw_packing(plain, work.packed.size(), work.time);
        if (work.packed.size() >= plain) return nullptr;
        return std::move(work.packed);
      });
}

kj::Promise<void> PixelLink::unpack(std::span<const std::byte> packed, cv::Mat pixels,
                                    std::shared_ptr<const void> memory) {
  return threads_.run([bytes = std::vector(packed.begin(), packed.end()), pixels = std::move(pixels),
                       memory = std::move(memory)]() mutable { pixel_codec::unpack(bytes, pixels); });
}

unsigned packing_threads() {
  return std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
}

}  // namespace tilework::pixel_codec

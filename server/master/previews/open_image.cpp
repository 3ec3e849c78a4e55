#include "server/master/previews/open_image.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

#include <kj/debug.h>
#include <malloc.h>

#include "schema/transport/errors.h"
#include "server/engine/geometry.h"
#include "server/imageio/reduced/halving.h"
#include "server/imageio/reduced/overview.h"

namespace tilework::master {
namespace {

constexpr std::int64_t piece_bytes = 4 << 20;  // decoded at a time

std::atomic<unsigned> open_images = 0;

}  // namespace

kj::Promise<kj::Own<OpenImage>> OpenImage::open(std::shared_ptr<kj::AutoCloseFd> file, std::string name,
                                                imageio::Limits limits, host::SlabPool& slabs, Spool& spool,
                                                DecodingMemory::Share memory) {
  auto thread = std::make_shared<transport::WorkThreads>(1);
  File opened{std::move(file), std::move(name)};
  auto decoder = thread->run([opened, limits] {
    return std::make_shared<Decoder>(Decoder{imageio::Source(opened.path(), opened.name, limits)});
  });
  return decoder.then([opened, thread = std::move(thread), &slabs, &spool,
                       memory](std::shared_ptr<Decoder>&& source) mutable {
    return kj::heap<OpenImage>(std::move(opened), std::move(thread), std::move(source), slabs, spool, memory);
  });
}

OpenImage::OpenImage(File file, std::shared_ptr<transport::WorkThreads> thread,
                     std::shared_ptr<Decoder> decoder, host::SlabPool& slabs, Spool& spool,
                     DecodingMemory::Share memory)
    : file_(std::move(file)),
      slabs_(slabs),
      spool_(spool),
      memory_(memory),
      info_(decoder->source.info()),
      pyramid_(std::make_shared<imageio::Pyramid>(info_.size, info_.format)),
      decoding_(std::move(thread)),
      decoder_(std::move(decoder)),
      tasks_(*this) {
  ++open_images;
}

// The source ends on its thread; all threads may be in the middle of something, and are waited for elsewhere.
OpenImage::~OpenImage() noexcept(false) {
  end_decoder();
  transport::run_apart([decoding = std::move(decoding_), storing = std::move(storing_),
                        reading = std::move(reading_), glancing = std::move(glancing_)]() mutable {
    decoding.reset();
    storing.reset();
    reading.reset();
    glancing.reset();
    // What threads have used stays with the allocator.
    if (--open_images == 0) ::malloc_trim(0);
  });
}

// The memory is free again when the source has gone.
void OpenImage::end_decoder() {
  decoding_->run([decoder = std::move(decoder_)]() mutable { decoder.reset(); })
      .then([memory = std::move(decoding_memory_)] {})
      .detach([](kj::Exception&&) {});
}

void OpenImage::begin() {
  if (std::exchange(begun_, true)) return;
  tasks_.add(memory_.take(info_.held_bytes)
                 .then([this](DecodingMemory::Held&& memory) {
                   decoding_memory_ = std::move(memory);
                   return transport::method([this] {
                     room_.emplace(spool_.promise(file_.name, static_cast<std::uint64_t>(pyramid_->bytes())));
                     counted_ = spool_.count(pyramid_->descriptor());
                     return decode();
                   });
                 })
                 .then([this](cv::Mat&& rows) { store(std::move(rows)); }));
}

kj::Promise<cv::Mat> OpenImage::decode() {
  return decoding_->run([decoder = decoder_, size = info_.size, format = info_.format] {
    const auto row = std::int64_t{size.width} * format.bytes();
    const int left = size.height - decoder->next_row;
    if (left == 0) return cv::Mat();
    const int rows = static_cast<int>(std::clamp<std::int64_t>(piece_bytes / row, 1, left));
    cv::Mat pixels(rows, size.width, format.cv_type());
    decoder->source.read(pixels);
    decoder->next_row += rows;
    return pixels;
  });
}

// Either takes about as long as the other, so the next rows are decoded meanwhile; no more than these, lest
// they fill the memory.
void OpenImage::store(cv::Mat rows) {
  if (rows.empty()) return end_decoder();
  auto next = decode();
  tasks_.add(storing_->run([pyramid = pyramid_, rows = std::move(rows)] { pyramid->add(rows); })
                 .then([this, next = kj::mv(next)]() mutable {
                   room_->stored(static_cast<std::uint64_t>(pyramid_->bytes() / info_.size.height) *
                                 static_cast<unsigned>(pyramid_->rows(0)));
                   tell();
                   return kj::mv(next);
                 })
                 .then([this](cv::Mat&& rows) { store(std::move(rows)); }));
}

void OpenImage::tell() {
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    if (pyramid_->rows(next->level) >= next->rows) {
      next->ready->fulfill();
      next = waiting_.erase(next);
    } else {
      ++next;
    }
  }
}

kj::Promise<void> OpenImage::has_rows(int level, int rows) {
  begin();
  if (pyramid_->rows(level) >= rows) return kj::READY_NOW;
  KJ_IF_MAYBE (damage, damage_) {
    return kj::cp(*damage);
  }
  auto pair = kj::newPromiseAndFulfiller<void>();
  waiting_.push_back({level, rows, kj::mv(pair.fulfiller)});
  return kj::mv(pair.promise);
}

kj::Promise<OpenImage::Pixels> OpenImage::read(int level, cv::Rect rect) {
  Pixels to;
  to.slab = slabs_.take(static_cast<std::size_t>(engine::area(rect.size()) * info_.format.bytes()));
  to.pixels = cv::Mat(rect.size(), info_.format.cv_type(), to.slab->data());
  return reading_->run([pyramid = pyramid_, level, rect, to = std::move(to)]() mutable {
    pyramid->read(level, rect, to.pixels);
    return to;
  });
}

kj::Promise<cv::Mat> OpenImage::overview(int level) {
  const int first = pyramid_->levels() - 2;
  if (level < std::max(first, 1)) return cv::Mat();
  if (overview_ == nullptr) {
    glancing_ = std::make_shared<transport::WorkThreads>(1);
    overview_ = glancing_
                    ->run([file = file_, info = info_, size = pyramid_->size(first)] {
                      return imageio::overview(file.path(), file.name, info, size);
                    })
                    .catch_([](kj::Exception&&) { return cv::Mat(); })  // decoding tells what is wrong
                    .fork();
  }
  return KJ_ASSERT_NONNULL(overview_).addBranch().then([first, level](cv::Mat&& picture) {
    return level == first || picture.empty() ? picture : imageio::halved(picture);
  });
}

void OpenImage::taskFailed(kj::Exception&& error) {
  for (auto& waiting : waiting_) waiting.ready->reject(kj::cp(error));
  waiting_.clear();
  end_decoder();
  damage_ = kj::mv(error);
}

}  // namespace tilework::master

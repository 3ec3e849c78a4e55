#include "server/master/previews/render.h"

#include <algorithm>
#include <utility>

#include "schema/transport/errors.h"

namespace tilework::master {
namespace {

// Of a tile.
constexpr std::int64_t most_pixels = 1 << 20;
constexpr std::int64_t fewest_pixels = 64 << 10;

}  // namespace

std::vector<cv::Rect> cut_regions(const std::vector<cv::Rect>& regions, unsigned slots) {
  std::int64_t pixels = 0;
  for (const auto& region : regions) pixels += engine::area(region.size());
  const std::int64_t share =
      std::clamp((pixels + slots - 1) / std::max(slots, 1U), fewest_pixels, most_pixels);
  std::vector<cv::Rect> tiles;
  for (const auto& region : regions) {
    const std::int64_t parts =
        std::clamp<std::int64_t>((engine::area(region.size()) + share / 2) / share, 1, region.height);
    const int height = static_cast<int>((region.height + parts - 1) / parts);
    for (int y = 0; y < region.height; y += height) {
      tiles.emplace_back(region.x, region.y + y, region.width, std::min(height, region.height - y));
    }
  }
  return tiles;
}

Render::Render(Dispatcher& dispatcher, OpenImage& image, Request request, Take take)
    : dispatcher_(dispatcher),
      image_(image),
      request_(std::move(request)),
      take_(std::move(take)),
      segments_(request_.tiles.size()),
      missing_(request_.tiles.size()),
      tasks_(*this) {}

Render::~Render() noexcept(false) {
  if (id_ != 0) dispatcher_.end_pass(id_);
}

kj::Promise<void> Render::run() {
  if (missing_ == 0) return kj::READY_NOW;
  auto pair = kj::newPromiseAndFulfiller<void>();
  finished_ = kj::mv(pair.fulfiller);
  id_ = dispatcher_.begin_pass(*this, request_.stage.job, request_.filters, request_.client);
  for (std::uint64_t i = 0; i < request_.tiles.size(); ++i) tasks_.add(read(i));
  return kj::mv(pair.promise);
}

// In memory, a level's pixels are a copy: those of a segment alone.
kj::Promise<void> Render::read(std::uint64_t segment) {
  const auto& plan = request_.stage.plan;
  const cv::Rect rect = engine::segment_of(plan, plan.passes[request_.stage.pass], tile_of(segment));
  return image_.has_rows(request_.level, rect.y + rect.height)
      .then([this, rect] { return image_.read(request_.level, rect); })
      .then([this, segment](OpenImage::Pixels&& pixels) {
        segments_[segment] = std::move(pixels);
        dispatcher_.segment_ready(id_, segment);
      });
}

void Render::write_stage(rpc::Stage::Builder to) const {
  wire::write(to, request_.stage);
}

cv::Rect Render::tile_of(std::uint64_t segment) const {
  return request_.tiles[segment];
}

SegmentPixels Render::pixels_of(std::uint64_t segment) const {
  return {segments_[segment].pixels, segments_[segment].slab, 0};
}

std::optional<PixelFormat> Render::output() const {
  return request_.stage.plan.output;
}

void Render::accept(std::uint64_t segment, kj::Array<SegmentAnswer> answers) {
  SegmentAnswer& answer = answers[0];
  segments_[segment] = {};
  if (request_.stage.detects) found_.add(std::move(answer.found));
  auto taken = take_(tile_of(segment), answer.pixels).attach(kj::mv(answer.memory));
  tasks_.add(taken.then([this] {
    if (--missing_ > 0) return;
    dispatcher_.end_pass(std::exchange(id_, 0));
    finished_->fulfill();
  }));
}

void Render::fail(const std::string& reason) {
  taskFailed(transport::to_kj(Error(Fault::failed, reason)));
}

void Render::taskFailed(kj::Exception&& error) {
  if (id_ != 0) dispatcher_.end_pass(std::exchange(id_, 0));
  finished_->reject(kj::mv(error));
}

}  // namespace tilework::master

#include "server/master/jobs/pass.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "schema/transport/errors.h"

namespace tilework::master {
namespace {

// Of a bundle: bytes of its segments' pixels, microseconds in the filters, segments.
constexpr std::size_t bundle_bytes = 256 << 10;
constexpr double bundle_time = 2000;
constexpr int most_bundled = 64;
constexpr int bundles_per_slot = 4;

// Of stats that workers are asked for or that aren't merged yet, in bytes.
constexpr std::size_t unmerged_stats = 64 << 20;

std::size_t bytes_of(cv::Size size, PixelFormat format) {
  return static_cast<std::size_t>(engine::area(size)) * static_cast<std::size_t>(format.bytes());
}

}  // namespace

Pass::Pass(Dispatcher& dispatcher, host::SlabPool& slabs, transport::WorkThreads& decoder,
           std::function<void(cv::Mat& rows)> read, wire::Stage stage, std::vector<std::string> filters,
           std::uint64_t client, std::uint64_t bytes_in_flight, Output output, std::function<void()> advanced)
    : dispatcher_(dispatcher),
      slabs_(slabs),
      decoder_(decoder),
      read_(std::move(read)),
      stage_(std::move(stage)),
      filters_(std::move(filters)),
      client_(client),
      output_(std::move(output)),
      advanced_(std::move(advanced)),
      grid_(stage_.plan.image, stage_.plan.tile),
      depth_(static_cast<int>(std::clamp<std::uint64_t>(bytes_in_flight / bytes_of_row(), 2, 64))),
      tasks_(*this) {}

Pass::~Pass() noexcept(false) {
  if (id_ != 0) dispatcher_.end_pass(id_);
}

kj::Promise<void> Pass::run() {
  auto pair = kj::newPromiseAndFulfiller<void>();
  finished_ = kj::mv(pair.fulfiller);
  const bool is_quick = engine::area(stage_.plan.image) <= engine::small_image;
  id_ = dispatcher_.begin_pass(*this, stage_.job, filters_, client_, is_quick);
  decode_next();
  return kj::mv(pair.promise);
}

void Pass::write_stage(rpc::Stage::Builder to) const {
  wire::write(to, stage_);
}

cv::Rect Pass::tile_of(std::uint64_t segment) const {
  return grid_.tile(static_cast<std::int64_t>(segment));
}

cv::Rect Pass::segment_rect(std::uint64_t segment) const {
  return engine::segment_of(stage_.plan, pass(), tile_of(segment));
}

SegmentPixels Pass::pixels_of(std::uint64_t segment) const {
  const Band& band = *std::prev(bundles_.upper_bound(segment))->second.band;
  const cv::Mat pixels = band.pixels(segment_rect(segment) - cv::Point(0, band.top));
  return {pixels, band.slab, static_cast<std::size_t>(pixels.data - band.pixels.data)};
}

std::optional<PixelFormat> Pass::output() const {
  if (pass().analyses) return std::nullopt;
  return stage_.plan.output;
}

unsigned Pass::bundle_of(std::uint64_t segment) const {
  return static_cast<unsigned>(bundles_.at(segment).size);
}

void Pass::accept(std::uint64_t first, kj::Array<SegmentAnswer> answers) {
  bundles_.erase(first);
  note_time(answers[0].time);
  const auto columns = static_cast<std::uint64_t>(grid_.columns());
  Row& row = rows_.at(static_cast<int>(first / columns));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    KJ_IF_MAYBE (stats, answers[i].stats) {
      merge(*stats);
    } else {
      if (output_.shown) output_.shown(tile_of(first + i), answers[i].pixels);
      if (output_.findings) output_.findings(std::move(answers[i].found));
      row.tiles[(first + i) % columns] = kj::mv(answers[i]);
    }
    --row.missing;
    advanced_();
  }
  send_complete_rows();
  decode_next();
  hand_out();
}

void Pass::merge(capnp::Data::Reader stats) {
  ++merging_;
  largest_stats_ = std::max(largest_stats_, stats.size());
  tasks_.add(output_.stats(stats).then([this] {
    --merging_;
    finish_if_done();
    hand_out();
  }));
}

// Stats lie in memory until they are merged, and that may take longer than the analysis. Until some have come
// they may be as large as any.
bool Pass::may_hand_out() const {
  if (!pass().analyses) return true;
  const std::size_t bytes = largest_stats_ == 0 ? engine::most_tile_stats : largest_stats_;
  const std::size_t for_workers = std::size_t{bundles_per_slot} * dispatcher_.slots();
  const auto most = std::max<std::size_t>(2, std::min(unmerged_stats / bytes, for_workers));
  return bundles_.size() - held_.size() + merging_ < most;
}

void Pass::hand_out() {
  while (id_ != 0 && !held_.empty() && may_hand_out()) {
    dispatcher_.segment_ready(id_, held_.front());
    held_.pop_front();
  }
}

// A running mean, in which the newest counts for a quarter. The first one holds the loading of the plugin.
void Pass::note_time(std::chrono::microseconds time) {
  const double taken = std::max(1.0, static_cast<double>(time.count()));
  segment_time_ += (taken - segment_time_) / (segment_time_ == 0 ? 1 : 4);
}

// Segments of which a bundle may hold the pixels.
int Pass::most_by_bytes() const {
  if (pass().analyses) return 1;
  const auto middle = static_cast<std::uint64_t>(grid_.rows() / 2) * static_cast<unsigned>(grid_.columns()) +
                      static_cast<unsigned>(grid_.columns() / 2);
  const auto bytes = std::max(bytes_of(segment_rect(middle).size(), stage_.plan.input),
                              bytes_of(stage_.plan.tile, stage_.plan.output));
  return static_cast<int>(std::clamp<std::size_t>(bundle_bytes / bytes, 1, most_bundled));
}

// Small segments that take little time go together, so that their messages cost less than the filters; alone
// as long as it isn't known, and where there would be too few bundles for the workers to share.
int Pass::bundle_size() const {
  if (segment_time_ == 0) return 1;
  const auto by_time = static_cast<int>(bundle_time / segment_time_);
  const auto waiting = std::int64_t{grid_.columns()} * std::min(depth_, grid_.rows() - next_row_ + 1);
  const auto by_workers = static_cast<int>(waiting / (bundles_per_slot * std::max(1u, dispatcher_.slots())));
  return std::max(1, std::min({most_by_bytes(), by_time, by_workers}));
}

void Pass::fail(const std::string& reason) {
  taskFailed(transport::to_kj(Error(Fault::failed, reason)));
}

// The rows of the source that a row of tiles needs.
cv::Range Pass::source_rows(int row) const {
  const cv::Rect first =
      segment_rect(static_cast<std::uint64_t>(row) * static_cast<unsigned>(grid_.columns()));
  return {first.y, first.y + first.height};
}

std::uint64_t Pass::bytes_of_row() const {
  const auto in =
      segment_rect(static_cast<std::uint64_t>(grid_.rows() / 2) * static_cast<unsigned>(grid_.columns()));
  const auto& plan = stage_.plan;
  return bytes_of({plan.image.width, in.height}, plan.input) +
         (pass().analyses ? 0 : bytes_of({plan.image.width, plan.tile.height}, plan.output));
}

// Of small segments no more than what keeps the workers busy, as long as they seem too slow for bundles: that
// may be the plugin's loading, and rows that have come aren't bundled later.
int Pass::rows_ahead() const {
  if (most_by_bytes() == 1 || bundle_size() > 1) return depth_;
  const int busy = static_cast<int>(bundles_per_slot * dispatcher_.slots()) / grid_.columns() + 1;
  return std::clamp(busy, 2, depth_);
}

void Pass::decode_next() {
  if (decoding_ || next_row_ == grid_.rows() || next_row_ >= rows_done_ + rows_ahead()) return;
  decoding_ = true;
  const int row = next_row_++;
  const cv::Range rows = source_rows(row);
  auto band = std::make_shared<Band>();
  const cv::Size size(stage_.plan.image.width, rows.size());
  band->slab = slabs_.take(bytes_of(size, stage_.plan.input));
  band->pixels = cv::Mat(size, stage_.plan.input.cv_type(), band->slab->data());
  band->top = rows.start;
  tasks_.add(decoder_
                 .run([read = read_, before = last_band_, band, rows] {
                   band->slab->populate();
                   const int known = before ? before->top + before->pixels.rows - rows.start : 0;
                   if (known > 0) {
                     before->pixels.rowRange(before->pixels.rows - known, before->pixels.rows)
                         .copyTo(band->pixels.rowRange(0, known));
                   }
                   if (known < rows.size()) {
                     cv::Mat fresh = band->pixels.rowRange(known, rows.size());
                     read(fresh);
                   }
                 })
                 .then([this, row, band] { decoded(row, band); }));
}

void Pass::decoded(int row, std::shared_ptr<Band> band) {
  decoding_ = false;
  const bool last = row + 1 == grid_.rows();
  last_band_ = last ? nullptr : band;
  Row& tiles = rows_[row];
  tiles.missing = grid_.columns();
  tiles.tiles.resize(static_cast<std::size_t>(grid_.columns()));
  const auto first = static_cast<std::uint64_t>(row) * static_cast<unsigned>(grid_.columns());
  const int bundle = bundle_size();
  for (int column = 0; column < grid_.columns(); column += bundle) {
    bundles_[first + static_cast<unsigned>(column)] = {band, std::min(bundle, grid_.columns() - column)};
    held_.push_back(first + static_cast<unsigned>(column));
  }
  hand_out();
  decode_next();
}

void Pass::send_complete_rows() {
  for (auto next = rows_.find(rows_sent_); next != rows_.end() && next->second.missing == 0;
       next = rows_.find(rows_sent_)) {
    std::vector<SegmentAnswer> tiles = std::move(next->second.tiles);
    rows_.erase(next);
    ++rows_sent_;
    auto dealt_with = kj::Promise<void>(kj::READY_NOW);
    if (!pass().analyses) {
      std::vector<cv::Mat> pixels;
      for (const SegmentAnswer& tile : tiles) pixels.push_back(tile.pixels);
      // Whoever reads the pixels may do so for a while after this pass was dropped.
      auto read = output_.pixels(std::move(pixels)).attach(std::move(tiles)).fork();
      dealt_with = read.addBranch();
      read.addBranch().detach([](kj::Exception&&) {});
    }
    tasks_.add(dealt_with.then([this] {
      ++rows_done_;
      decode_next();
      finish_if_done();
    }));
  }
}

void Pass::finish_if_done() {
  if (rows_done_ < grid_.rows() || merging_ > 0) return;
  totals_ = dispatcher_.end_pass(std::exchange(id_, 0));
  finished_->fulfill();
}

void Pass::taskFailed(kj::Exception&& error) {
  if (id_ != 0) totals_ = dispatcher_.end_pass(std::exchange(id_, 0));
  finished_->reject(kj::mv(error));
}

}  // namespace tilework::master

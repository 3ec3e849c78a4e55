// One pass of a job: decodes the source row by row of tiles, has the segments computed, and hands on the
// result in order, either rows of pixels to the encoder or stats to be merged. On the event loop's thread;
// decoding and encoding run on threads of their own.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kj/async.h>
#include <opencv2/core.hpp>

#include "schema/host.capnp.h"
#include "schema/transport/work_threads.h"
#include "schema/wire/stage.h"
#include "server/engine/geometry.h"
#include "server/master/dispatch/dispatcher.h"

namespace tilework::master {

class Pass final : public SegmentSource, private kj::TaskSet::ErrorHandler {
 public:
  // Takes what a pass gives: the next rows of the result as tiles side by side, or the stats of a tile. The
  // promise answers when it has been dealt with; until then its memory stays, and counts as in flight.
  struct Output {
    std::function<kj::Promise<void>(std::vector<cv::Mat> tiles)> pixels{};
    std::function<kj::Promise<void>(capnp::Data::Reader stats)> stats{};
    std::function<kj::Promise<void>(capnp::Data::Reader stats)> check{};  // first: can they be read?
    std::function<void(engine::FindingList found)> findings{};            // of a tile; may be null
    // Optional: is shown each tile as soon as it is there, in any order.
    std::function<void(cv::Rect tile, const cv::Mat& pixels)> shown = {};
  };

  // `read` fills the next rows of the source, from the first on, on the decoder's thread, which is this
  // pass's alone while it runs; it owns what it uses. `advanced` is called after each segment. All references
  // outlive the pass.
  Pass(Dispatcher& dispatcher, host::SlabPool& slabs, transport::WorkThreads& decoder,
       std::function<void(cv::Mat& rows)> read, wire::Stage stage, std::vector<std::string> filters,
       std::uint64_t client, std::uint64_t bytes_in_flight, Output output, std::function<void()> advanced);
  ~Pass() noexcept(false) override;

  // Answers when all is done. Fails with tilework::Error in KJ's clothes. Dropping the promise and the pass
  // ends the work. Called once.
  kj::Promise<void> run();

  // Once it is done.
  const PassTotals& totals() const { return totals_; }

 private:
  // Decoded rows of the source, as wide as the image.
  struct Band {
    std::shared_ptr<host::Slab> slab;
    cv::Mat pixels;  // over the slab
    int top = 0;
  };
  struct Row {
    std::vector<SegmentAnswer> tiles;
    int missing = 0;
  };

  void write_stage(rpc::Stage::Builder to) const override;
  cv::Size image() const override { return stage_.plan.image; }
  cv::Rect tile_of(std::uint64_t segment) const override;
  SegmentPixels pixels_of(std::uint64_t segment) const override;
  std::optional<PixelFormat> output() const override;
  unsigned bundle_of(std::uint64_t segment) const override;
  kj::Promise<void> check(capnp::Data::Reader stats) const override { return output_.check(stats); }
  void accept(std::uint64_t segment, kj::Array<SegmentAnswer> answers) override;
  void fail(const std::string& reason) override;

  const engine::Pass& pass() const { return stage_.plan.passes[stage_.pass]; }
  cv::Rect segment_rect(std::uint64_t segment) const;
  cv::Range source_rows(int row) const;
  std::uint64_t bytes_of_row() const;
  void note_time(std::chrono::microseconds time);
  int most_by_bytes() const;
  int bundle_size() const;
  int rows_ahead() const;
  void decode_next();
  void decoded(int row, std::shared_ptr<Band> band);
  bool may_hand_out() const;
  void hand_out();
  void merge(capnp::Data::Reader stats);
  void send_complete_rows();
  void finish_if_done();
  void taskFailed(kj::Exception&& error) override;

  Dispatcher& dispatcher_;
  host::SlabPool& slabs_;
  transport::WorkThreads& decoder_;
  std::function<void(cv::Mat& rows)> read_;
  wire::Stage stage_;
  std::vector<std::string> filters_;  // for the scheduler
  std::uint64_t client_;
  Output output_;
  std::function<void()> advanced_;
  engine::TileGrid grid_;
  int depth_;  // rows of tiles that may be in flight
  std::uint64_t id_ = 0;
  PassTotals totals_;

  int next_row_ = 0;   // to be decoded
  int rows_sent_ = 0;  // handed on
  int rows_done_ = 0;  // dealt with
  bool decoding_ = false;
  std::shared_ptr<Band> last_band_;
  struct Bundle {
    std::shared_ptr<Band> band;
    int size;
  };
  std::map<std::uint64_t, Bundle> bundles_;  // decoded and not accepted, by their first segments
  std::deque<std::uint64_t> held_;           // those of them that workers don't get yet
  double segment_time_ = 0;                  // microseconds in the filters, a running mean; 0: not known yet
  std::map<int, Row> rows_;
  kj::Own<kj::PromiseFulfiller<void>> finished_;
  std::uint64_t merging_ = 0;      // stats that were handed on and not dealt with
  std::size_t largest_stats_ = 0;  // bytes that came for a tile; 0: none came yet
  kj::TaskSet tasks_;
};

}  // namespace tilework::master

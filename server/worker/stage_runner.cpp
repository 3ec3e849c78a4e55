#include "server/worker/stage_runner.h"

#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <spdlog/spdlog.h>

#include "schema/transport/errors.h"

namespace tilework::worker {
namespace {

// Bytes of a tile that are cheaper to copy into a message than to share: a slab is a descriptor in three
// processes, and stays until the whole row of tiles has been encoded.
constexpr std::size_t small_tile = 256 << 10;

// Keeps a tile's memory until the master doesn't need it any more.
class Lease final : public rpc::Lease::Server {
 public:
  explicit Lease(std::shared_ptr<host::Slab> slab) : slab_(std::move(slab)) {}
  ~Lease() noexcept {
    if (slab_ != nullptr) slab_->abandon();
  }

 protected:
  kj::Promise<void> end(EndContext) override {
    slab_ = nullptr;
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<host::Slab> slab_;
};

std::size_t stride_of(cv::Size size, PixelFormat format) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(format.bytes());
}

std::size_t bytes_of(cv::Size size, PixelFormat format) {
  return stride_of(size, format) * static_cast<std::size_t>(size.height);
}

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() / 100 % 10) + " s";
}

}  // namespace

// One call of run(), until it is answered or dropped. Dropping it with its lease ends the host.
struct StageRunner::Attempt {
  RunContext context;
  cv::Rect tile;
  cv::Size segment;  // of the pixels that the tile needs
  std::optional<host::HostLease> lease;
  kj::TimePoint started = kj::origin<kj::TimePoint>();
  kj::TimePoint finished = kj::origin<kj::TimePoint>();
  std::shared_ptr<host::Slab> input{};
  std::uint64_t offset = 0;  // of the segment in its slab, and from one row to the next
  std::uint64_t stride = 0;
  std::shared_ptr<host::Slab> output{};  // rows without padding

  std::size_t output_bytes = 0;

  // At the end of its slab, so that a filter which runs over it is stopped; at a multiple of a cache line.
  std::size_t output_offset() const { return (output->size() - output_bytes) / 64 * 64; }
  void write_input(rpc::SharedPixels::Builder to) const {
    to.setSlab(input->id());
    to.setOffset(offset);
    to.setStride(stride);
  }
};

StageRunner::StageRunner(Context with, wire::Stage stage, std::vector<std::string> paths, kj::Own<void> held)
    : with_(std::move(with)),
      stage_(std::move(stage)),
      paths_(std::move(paths)),
      held_(kj::mv(held)),
      versions_(host::versions_of(stage_.calls)) {}

kj::Promise<void> StageRunner::run(RunContext context) {
  context.allowCancellation();
  return transport::method([&]() -> kj::Promise<void> {
    const auto& plan = stage_.plan;
    const cv::Rect tile = wire::read(context.getParams().getSegment().getTile());
    if (tile.empty() || (tile & engine::bounds(plan.image)) != tile) {
      throw UserError("a tile lies outside the image");
    }
    auto attempt = kj::heap<Attempt>(
        Attempt{context, tile, engine::segment_of(plan, plan.passes[stage_.pass], tile).size(), {}});
    auto& running = *attempt;
    return take_segment(running)
        .then([this] { return with_.hosts.acquire(versions_); })
        .then([this, &running](host::HostLease lease) {
          running.lease.emplace(std::move(lease));
          return start(running);
        })
        .attach(kj::mv(attempt));
  });
}

// Shared pixels stay where they are; others come into a slab, so that hosts know one kind alone.
kj::Promise<void> StageRunner::take_segment(Attempt& attempt) {
  const auto pixels = attempt.context.getParams().getSegment().getPixels();
  if (pixels.isShared()) {
    const auto shared = pixels.getShared();
    attempt.input = with_.master->slabs.received.at(shared.getSlab());
    attempt.offset = shared.getOffset();
    attempt.stride = shared.getStride();
    return kj::READY_NOW;
  }
  const auto bytes = bytes_of(attempt.segment, stage_.plan.input);
  attempt.input = with_.segments.take(bytes);
  attempt.stride = stride_of(attempt.segment, stage_.plan.input);
  auto taken = kj::Promise<void>(kj::READY_NOW);
  if (pixels.isPacked()) {
    const auto packed = pixels.getPacked();
    const cv::Mat target(attempt.segment, stage_.plan.input.cv_type(), attempt.input->data());
    taken = with_.master->pixels.unpack(std::as_bytes(std::span(packed.begin(), packed.size())), target,
                                        attempt.input);
  } else {
    const auto plain = pixels.getPlain();
    if (plain.size() != bytes) throw UserError("a segment's pixels don't fit its rectangle");
    std::memcpy(attempt.input->data(), plain.begin(), bytes);
  }
  attempt.context.releaseParams();
  return taken;
}

kj::Promise<void> StageRunner::start(Attempt& attempt) {
  attempt.started = with_.timer.now();
  const auto limit = with_.limit.for_pixels(engine::area(attempt.tile.size()));
  return with_.timer.timeoutAfter(limit.count() * kj::MILLISECONDS, compute(attempt))
      .then(
          [this, &attempt] {
            attempt.lease->give_back();
            return answer(attempt);
          },
          [this, &attempt](kj::Exception&& error) { return fail(attempt, error); });
}

kj::Promise<void> StageRunner::compute(Attempt& attempt) {
  if (stage_.plan.passes[stage_.pass].analyses) {
    return share_slabs(attempt).then([this, &attempt] { return analyse(attempt); });
  }
  attempt.output_bytes = bytes_of(attempt.tile.size(), stage_.plan.output);
  attempt.output = attempt.lease->process().outputs().take(attempt.output_bytes);
  return share_slabs(attempt).then([this, &attempt] { return apply(attempt); });
}

kj::Promise<void> StageRunner::share_slabs(Attempt& attempt) {
  auto& slabs = attempt.lease->process().slabs();
  auto shared = slabs.share(*attempt.input, host::SlabSharer::Access::read);
  if (attempt.output == nullptr) return shared;
  return shared.then(
      [&slabs, &attempt] { return slabs.share(*attempt.output, host::SlabSharer::Access::write); });
}

kj::Promise<void> StageRunner::analyse(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).analyseRequest();
  wire::write(request.initTile(), attempt.tile);
  attempt.write_input(request.initInput());
  return request.send().then([this, &attempt](auto&& answer) {
    attempt.finished = with_.timer.now();
    const auto stats = answer.getStats();
    result_of(attempt, stats.size()).setStats(stats);
  });
}

kj::Promise<void> StageRunner::apply(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).runRequest();
  wire::write(request.initTile(), attempt.tile);
  attempt.write_input(request.initInput());
  auto output = request.initOutput();
  output.setSlab(attempt.output->id());
  output.setOffset(attempt.output_offset());
  output.setStride(stride_of(attempt.tile.size(), stage_.plan.output));
  return request.send().then([this, &attempt](auto&&) { attempt.finished = with_.timer.now(); });
}

// The host is free for others meanwhile. Stats are in the answer already.
kj::Promise<void> StageRunner::answer(Attempt& attempt) {
  if (attempt.output == nullptr) return kj::READY_NOW;
  if (with_.master->slabs.sharer == nullptr) return answer_over_network(attempt);
  if (attempt.output_bytes <= small_tile) {
    write_plain(attempt);
    return kj::READY_NOW;
  }
  return with_.master->slabs.sharer->share(*attempt.output, host::SlabSharer::Access::read)
      .then([this, &attempt] {
        auto result = result_of(attempt, 0);
        auto shared = result.initPixels().initShared();
        shared.setSlab(attempt.output->id());
        shared.setOffset(attempt.output_offset());
        shared.setStride(stride_of(attempt.tile.size(), stage_.plan.output));
        result.setLease(kj::heap<Lease>(attempt.output));
      });
}

kj::Promise<void> StageRunner::answer_over_network(Attempt& attempt) {
  const cv::Mat tile(attempt.tile.size(), stage_.plan.output.cv_type(),
                     attempt.output->data() + attempt.output_offset());
  return with_.master->pixels.pack(tile, attempt.output)
      .then([this, &attempt](kj::Maybe<std::vector<std::byte>>&& packed) {
        KJ_IF_MAYBE (bytes, packed) {
          result_of(attempt, bytes->size())
              .initPixels()
              .setPacked({reinterpret_cast<const kj::byte*>(bytes->data()), bytes->size()});
        } else {
          write_plain(attempt);
        }
      });
}

void StageRunner::write_plain(Attempt& attempt) {
  const std::size_t bytes = attempt.output_bytes;
  auto plain = result_of(attempt, bytes).initPixels().initPlain(static_cast<unsigned>(bytes));
  std::memcpy(plain.begin(), attempt.output->data() + attempt.output_offset(), bytes);
}

rpc::SegmentResult::Builder StageRunner::result_of(Attempt& attempt, std::size_t bytes) {
  auto result =
      attempt.context.getResults(capnp::MessageSize{bytes / sizeof(capnp::word) + 32, 1}).initResult();
  result.setMicroseconds(static_cast<std::uint64_t>((attempt.finished - attempt.started) / kj::MICROSECONDS));
  return result;
}

kj::Promise<void> StageRunner::fail(Attempt& attempt, const kj::Exception& error) {
  if (error.getType() == kj::Exception::Type::FAILED) {
    attempt.lease->give_back();  // the filter said no, by its name; its host is fine
    answer_failure(attempt, "", transport::from_kj(error).what());
    return kj::READY_NOW;
  }
  chains_.erase(attempt.lease->serial());
  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
  auto ended = attempt.lease->process().end();
  attempt.lease.reset();  // the slot needn't wait for the process
  return ended.then([this, &attempt, late](std::string&& how) {
    const auto limit = with_.limit.for_pixels(engine::area(attempt.tile.size()));
    answer_failure(attempt, wire::names_of(stage_.calls),
                   late ? "it took longer than " + seconds(limit) : how);
  });
}

void StageRunner::answer_failure(Attempt& attempt, const std::string& filters, const std::string& reason) {
  spdlog::warn("segment failed tile={}x{}+{}+{} filters=\"{}\" reason=\"{}\"", attempt.tile.width,
               attempt.tile.height, attempt.tile.x, attempt.tile.y, filters, reason);
  auto failure = attempt.context.getResults().initResult().initFailure();
  failure.setFilter(filters);
  failure.setReason(reason);
}

rpc::Chain::Client StageRunner::chain_in(host::HostLease& lease) {
  if (const auto found = chains_.find(lease.serial()); found != chains_.end()) return found->second;
  auto request = lease.process().client().openRequest();
  wire::write(request.initStage(), stage_);
  auto paths = request.initPaths(static_cast<unsigned>(paths_.size()));
  for (unsigned i = 0; i < paths.size(); ++i) paths.set(i, paths_[i]);
  auto chain = request.send().getChain();
  chains_.emplace(lease.serial(), chain);
  return chain;
}

}  // namespace tilework::worker

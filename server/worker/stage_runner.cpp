#include "server/worker/stage_runner.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/found.h"
#include "server/logging/log.h"

namespace tilework::worker {
namespace {

// Bytes of a tile that are cheaper to copy into a message than to share: a slab is a descriptor in three
// processes, and stays until the whole row of tiles has been encoded.
constexpr std::size_t small_tile = 256 << 10;

// Between the tiles of a bundle, in bytes.
constexpr std::size_t room_between = 1024;
constexpr std::size_t line = 64;

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

// One segment of a call.
struct StageRunner::Piece {
  cv::Rect tile;
  cv::Size segment;  // of the pixels that the tile needs
  std::size_t output_bytes = 0;
  std::uint64_t output_offset = 0;  // of the tile in the attempt's output; rows without padding
  std::shared_ptr<host::Slab> input{};
  std::uint64_t offset = 0;  // of the segment in its slab, and from one row to the next
  std::uint64_t stride = 0;
  engine::FindingList found{};

  void write_input(rpc::SharedPixels::Builder to) const {
    to.setSlab(input->id());
    to.setOffset(offset);
    to.setStride(stride);
  }
};

// One call of run(), until it is answered or dropped. Dropping it with its lease ends the host.
struct StageRunner::Attempt {
  RunContext context;
  std::vector<Piece> pieces{};
  std::optional<host::HostLease> lease{};
  kj::TimePoint started = kj::origin<kj::TimePoint>();
  kj::TimePoint finished = kj::origin<kj::TimePoint>();
  std::shared_ptr<host::Slab> output{};

  std::int64_t pixels() const {
    std::int64_t sum = 0;
    for (const Piece& piece : pieces) sum += engine::area(piece.tile.size());
    return sum;
  }
  std::size_t output_bytes() const {
    std::size_t sum = 0;
    for (const Piece& piece : pieces) sum += piece.output_bytes;
    return sum;
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
    auto attempt = kj::heap<Attempt>(Attempt{context});
    const auto segments = context.getParams().getSegments();
    if (segments.size() == 0) throw UserError("a bundle has no segments");
    if (segments.size() > 1 && analyses()) throw UserError("segments are analysed one by one");
    attempt->pieces.reserve(segments.size());
    for (const auto segment : segments) {
      attempt->pieces.push_back(piece_for(wire::read(segment.getTile())));
    }
    auto& running = *attempt;
    return take_segments(running)
        .then([this, &running] {
          return with_.hosts.acquire(versions_, running.pixels() <= engine::small_image);
        })
        .then([this, &running](host::HostLease lease) {
          running.lease.emplace(std::move(lease));
          return transport::method([&] { return start(running); });
        })
        .attach(kj::mv(attempt));
  });
}

StageRunner::Piece StageRunner::piece_for(cv::Rect tile) const {
  const auto& plan = stage_.plan;
  if (tile.empty() || (tile & engine::bounds(plan.image)) != tile) {
    throw UserError("a tile lies outside the image");
  }
  return {tile, engine::segment_of(plan, plan.passes[stage_.pass], tile).size(),
          analyses() ? 0 : bytes_of(tile.size(), plan.output)};
}

kj::Promise<void> StageRunner::take_segments(Attempt& attempt) {
  const auto segments = attempt.context.getParams().getSegments();
  kj::Vector<kj::Promise<void>> taken;
  for (unsigned i = 0; i < segments.size(); ++i) {
    const auto pixels = segments[i].getPixels();
    if (pixels.isShared()) {
      const auto shared = pixels.getShared();
      Piece& piece = attempt.pieces[i];
      piece.input = with_.master->slabs.received.at(shared.getSlab());
      piece.offset = shared.getOffset();
      piece.stride = shared.getStride();
    } else {
      taken.add(take_pixels(attempt.pieces[i], pixels));
    }
  }
  if (taken.empty()) return kj::READY_NOW;
  return kj::joinPromises(taken.releaseAsArray()).then([&attempt] { attempt.context.releaseParams(); });
}

// Shared pixels stay where they are; others come into a slab, so that hosts know one kind alone.
kj::Promise<void> StageRunner::take_pixels(Piece& piece, rpc::Pixels::Reader pixels) {
  const auto bytes = bytes_of(piece.segment, stage_.plan.input);
  piece.input = with_.segments.take(bytes);
  piece.stride = stride_of(piece.segment, stage_.plan.input);
  if (pixels.isPacked()) {
    const auto packed = pixels.getPacked();
    const cv::Mat target(piece.segment, stage_.plan.input.cv_type(), piece.input->data());
    return with_.master->pixels.unpack(std::as_bytes(std::span(packed.begin(), packed.size())), target,
                                       piece.input);
  }
  const auto plain = pixels.getPlain();
  if (plain.size() != bytes) throw UserError("a segment's pixels don't fit its rectangle");
  std::memcpy(piece.input->data(), plain.begin(), bytes);
  return kj::READY_NOW;
}

kj::Promise<void> StageRunner::start(Attempt& attempt) {
  attempt.started = with_.timer.now();
  const auto limit = with_.limit.for_pixels(attempt.pixels());
  return with_.timer.timeoutAfter(limit.count() * kj::MILLISECONDS, compute(attempt))
      .then(
          [this, &attempt] {
            attempt.lease->give_back();
            return answer(attempt);
          },
          [this, &attempt](kj::Exception&& error) { return fail(attempt, error); });
}

kj::Promise<void> StageRunner::compute(Attempt& attempt) {
  if (analyses()) {
    return share_slabs(attempt).then([this, &attempt] { return analyse(attempt); });
  }
  place_outputs(attempt);
  return share_slabs(attempt).then([this, &attempt] { return apply(attempt); });
}

// The last tile lies at the end of its slab, so that a filter which runs over it is stopped, and the others
// in front of it with room between, which the host marks. All begin at a multiple of a cache line.
void StageRunner::place_outputs(Attempt& attempt) {
  const std::size_t room = (attempt.pieces.size() - 1) * (room_between + line);
  attempt.output = attempt.lease->process().outputs().take(attempt.output_bytes() + room);
  std::size_t end = attempt.output->size();
  for (auto piece = attempt.pieces.rbegin(); piece != attempt.pieces.rend(); ++piece) {
    piece->output_offset = (end - piece->output_bytes) / line * line;
    end = piece->output_offset - std::min<std::size_t>(piece->output_offset, room_between);
  }
}

// The segments of a bundle mostly lie in one slab.
kj::Promise<void> StageRunner::share_slabs(Attempt& attempt) {
  auto& slabs = attempt.lease->process().slabs();
  kj::Vector<kj::Promise<void>> shared;
  const host::Slab* last = nullptr;
  for (const Piece& piece : attempt.pieces) {
    if (piece.input.get() == last) continue;
    last = piece.input.get();
    shared.add(slabs.share(*piece.input, host::SlabSharer::Access::read));
  }
  if (attempt.output != nullptr) {
    shared.add(slabs.share(*attempt.output, host::SlabSharer::Access::write));
  }
  return kj::joinPromises(shared.releaseAsArray());
}

kj::Promise<void> StageRunner::analyse(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).analyseRequest();
  wire::write(request.initTile(), attempt.pieces[0].tile);
  attempt.pieces[0].write_input(request.initInput());
  return request.send().then([this, &attempt](auto&& answer) {
    attempt.finished = with_.timer.now();
    const auto stats = answer.getStats();
    results_of(attempt, stats.size())[0].setStats(stats);
  });
}

kj::Promise<void> StageRunner::apply(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).runRequest();
  auto segments = request.initSegments(static_cast<unsigned>(attempt.pieces.size()));
  for (unsigned i = 0; i < segments.size(); ++i) {
    const Piece& piece = attempt.pieces[i];
    wire::write(segments[i].initTile(), piece.tile);
    piece.write_input(segments[i].initInput());
    auto output = segments[i].initOutput();
    output.setSlab(attempt.output->id());
    output.setOffset(piece.output_offset);
    output.setStride(stride_of(piece.tile.size(), stage_.plan.output));
  }
  return request.send().then([this, &attempt](auto&& answer) {
    attempt.finished = with_.timer.now();
    return transport::method([&]() -> kj::Promise<void> {
      const auto found = answer.getFindings();
      if (found.size() == 0) return kj::READY_NOW;
      if (found.size() != attempt.pieces.size()) throw UserError("findings are missing");
      for (unsigned i = 0; i < found.size(); ++i) {
        attempt.pieces[i].found = wire::read(found[i], attempt.pieces[i].tile, stage_.plan.image);
      }
      return kj::READY_NOW;
    });
  });
}

// The host is free for others meanwhile. Stats are in the answer already.
kj::Promise<void> StageRunner::answer(Attempt& attempt) {
  if (attempt.output == nullptr) return kj::READY_NOW;
  if (with_.master->slabs.sharer == nullptr) return answer_over_network(attempt);
  if (attempt.pieces.size() > 1 || attempt.output_bytes() <= small_tile) {
    write_plain(attempt);
    return kj::READY_NOW;
  }
  return with_.master->slabs.sharer->share(*attempt.output, host::SlabSharer::Access::read)
      .then([this, &attempt] {
        const Piece& piece = attempt.pieces[0];
        auto result = results_of(attempt, 0)[0];
        auto shared = result.initPixels().initShared();
        shared.setSlab(attempt.output->id());
        shared.setOffset(piece.output_offset);
        shared.setStride(stride_of(piece.tile.size(), stage_.plan.output));
        result.setLease(kj::heap<Lease>(attempt.output));
      });
}

kj::Promise<void> StageRunner::answer_over_network(Attempt& attempt) {
  if (attempt.pieces.size() > 1) {
    write_plain(attempt);
    return kj::READY_NOW;
  }
  return with_.master->pixels.pack(tile_of(attempt, attempt.pieces[0]), attempt.output)
      .then([this, &attempt](kj::Maybe<std::vector<std::byte>>&& packed) {
        KJ_IF_MAYBE (bytes, packed) {
          results_of(attempt, bytes->size())[0].initPixels().setPacked(
              {reinterpret_cast<const kj::byte*>(bytes->data()), bytes->size()});
        } else {
          write_plain(attempt);
        }
      });
}

cv::Mat StageRunner::tile_of(const Attempt& attempt, const Piece& piece) const {
  return {piece.tile.size(), stage_.plan.output.cv_type(), attempt.output->data() + piece.output_offset};
}

void StageRunner::write_plain(Attempt& attempt) {
  auto results = results_of(attempt, attempt.output_bytes());
  for (unsigned i = 0; i < results.size(); ++i) {
    const Piece& piece = attempt.pieces[i];
    auto plain = results[i].initPixels().initPlain(static_cast<unsigned>(piece.output_bytes));
    std::memcpy(plain.begin(), attempt.output->data() + piece.output_offset, piece.output_bytes);
  }
}

// With the time that each took, and what was found in it.
capnp::List<rpc::SegmentResult>::Builder StageRunner::results_of(Attempt& attempt, std::size_t bytes) {
  const auto count = static_cast<unsigned>(attempt.pieces.size());
  auto results =
      attempt.context.getResults(capnp::MessageSize{bytes / sizeof(capnp::word) + 32 + 16 * count, 1})
          .initResults(count);
  const auto time =
      static_cast<std::uint64_t>((attempt.finished - attempt.started) / kj::MICROSECONDS) / count;
  for (unsigned i = 0; i < count; ++i) {
    results[i].setMicroseconds(time);
    auto& found = attempt.pieces[i].found;
    if (found.total() > 0) wire::write(results[i].initFindings(), std::move(found));
  }
  return results;
}

kj::Promise<void> StageRunner::fail(Attempt& attempt, const kj::Exception& error) {
  if (error.getType() == kj::Exception::Type::FAILED) {
    attempt.lease->give_back();  // the host is fine: the filter said no, by its name, or the machine did
    answer_failure(attempt, reason_of(transport::from_kj(error)));
    return kj::READY_NOW;
  }
  chains_.erase(attempt.lease->serial());
  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
  const bool came_up = attempt.lease->process().came_up();
  auto ended = attempt.lease->process().end();
  attempt.lease.reset();  // the slot needn't wait for the process
  return ended.then([this, &attempt, late, came_up](std::string&& how) {
    const auto limit = with_.limit.for_pixels(attempt.pixels());
    if (!came_up && !late) {
      answer_failure(attempt, {.reason = "a filter host can't be started: " + how, .of_machine = true});
    } else {
      answer_failure(attempt, {.filters = wire::names_of(stage_.calls),
                               .reason = late ? "it took longer than " + seconds(limit) : how});
    }
  });
}

// A filter that can't be loaded here is named in front.
StageRunner::Reason StageRunner::reason_of(const Error& error) const {
  std::string text = error.what();
  if (error.fault() != Fault::machine) return {.reason = std::move(text)};
  for (const auto& call : stage_.calls) {
    if (const auto name = call.filter + ": "; text.starts_with(name)) {
      return {call.filter, text.substr(name.size()), true};
    }
  }
  return {.reason = std::move(text), .of_machine = true};
}

void StageRunner::answer_failure(Attempt& attempt, const Reason& why) {
  const cv::Rect& tile = attempt.pieces[0].tile;
  const std::string all = why.filters.empty() ? wire::names_of(stage_.calls) : why.filters;
  spdlog::warn("segment failed job={} tile={}x{}+{}+{} bundle={} filters=\"{}\" reason=\"{}\"",
               stage_.job.empty() ? "preview" : stage_.job, tile.width, tile.height, tile.x, tile.y,
               attempt.pieces.size(), all, why.reason);
  auto failure = attempt.context.getResults().initResults(1)[0].initFailure();
  failure.setFilter(why.filters);
  failure.setReason(why.reason);
  failure.setOfMachine(why.of_machine);
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

#include "server/worker/stage_runner.h"

#include <cstring>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "schema/transport/errors.h"

namespace tilework::worker {
namespace {

// The start of the output in the slab; at a multiple of a cache line.
std::size_t after(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() / 100 % 10) + " s";
}

}  // namespace

// One call of run(), until it is answered or dropped. Dropping it with its lease ends the host.
struct StageRunner::Attempt {
  RunContext context;
  cv::Rect tile;
  std::size_t input_bytes = 0;
  std::size_t output_bytes = 0;
  std::optional<host::HostLease> lease;
  kj::TimePoint started = kj::origin<kj::TimePoint>();
};

StageRunner::StageRunner(host::HostPool& pool, kj::Timer& timer, TimeLimit limit, wire::Stage stage,
                         std::vector<std::string> paths, kj::Own<void> held)
    : pool_(pool),
      timer_(timer),
      limit_(limit),
      stage_(std::move(stage)),
      paths_(std::move(paths)),
      held_(kj::mv(held)),
      versions_(host::versions_of(stage_.calls)) {}

kj::Promise<void> StageRunner::run(RunContext context) {
  context.allowCancellation();
  return transport::method([&]() -> kj::Promise<void> {
    const auto segment = context.getParams().getSegment();
    const auto& plan = stage_.plan;
    const cv::Rect tile = wire::read(segment.getTile());
    if (tile.empty() || (tile & engine::bounds(plan.image)) != tile) {
      throw UserError("a tile lies outside the image");
    }
    const auto source = engine::segment_of(plan, plan.passes[stage_.pass], tile);
    const auto input =
        static_cast<std::size_t>(engine::area(source.size())) * static_cast<std::size_t>(plan.input.bytes());
    if (segment.getPixels().size() != input) throw UserError("a segment's pixels don't fit its rectangle");
    const auto output =
        static_cast<std::size_t>(engine::area(tile.size())) * static_cast<std::size_t>(plan.output.bytes());
    auto attempt = kj::heap<Attempt>(Attempt{context, tile, input, output, {}});
    auto& running = *attempt;
    return pool_.acquire(versions_)
        .then([this, &running](host::HostLease lease) {
          running.lease.emplace(std::move(lease));
          return start(running);
        })
        .attach(kj::mv(attempt));
  });
}

kj::Promise<void> StageRunner::start(Attempt& attempt) {
  attempt.started = timer_.now();
  const auto limit = limit_.for_pixels(engine::area(attempt.tile.size()));
  return timer_.timeoutAfter(limit.count() * kj::MILLISECONDS, compute(attempt))
      .then([&attempt] { attempt.lease->give_back(); },
            [this, &attempt](kj::Exception&& error) { fail(attempt, error); });
}

kj::Promise<void> StageRunner::compute(Attempt& attempt) {
  auto& slab = attempt.lease->process().slab();
  const std::size_t output = after(attempt.input_bytes);
  std::byte* memory = slab.grow(output + attempt.output_bytes);
  std::memcpy(memory, attempt.context.getParams().getSegment().getPixels().begin(), attempt.input_bytes);
  attempt.context.releaseParams();

  const auto results = [this, &attempt] {
    auto result =
        attempt.context.getResults(capnp::MessageSize{attempt.output_bytes / sizeof(capnp::word) + 32, 0})
            .initResult();
    result.setMicroseconds(static_cast<std::uint64_t>((timer_.now() - attempt.started) / kj::MICROSECONDS));
    return result;
  };
  auto chain = chain_in(*attempt.lease);
  if (stage_.plan.passes[stage_.pass].analyses) {
    auto request = chain.analyseRequest();
    wire::write(request.initTile(), attempt.tile);
    return request.send().then([results](auto&& answer) { results().setStats(answer.getStats()); });
  }
  auto request = chain.runRequest();
  wire::write(request.initTile(), attempt.tile);
  request.setOutput(output);
  return request.send().ignoreResult().then([&attempt, results, memory, output] {
    auto pixels = results().initPixels(static_cast<unsigned>(attempt.output_bytes));
    std::memcpy(pixels.begin(), memory + output, attempt.output_bytes);
  });
}

void StageRunner::fail(Attempt& attempt, const kj::Exception& error) {
  std::string filters;  // whose names the reason doesn't say itself
  std::string reason = transport::from_kj(error).what();
  if (error.getType() == kj::Exception::Type::FAILED) {
    attempt.lease->give_back();  // the filter said no; its host is fine
  } else {
    chains_.erase(attempt.lease->serial());
    const std::string ended = attempt.lease->process().end();
    const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
    const auto limit = limit_.for_pixels(engine::area(attempt.tile.size()));
    reason = late ? "it took longer than " + seconds(limit) : ended;
    for (const auto& call : stage_.calls) filters += (filters.empty() ? "" : " + ") + call.filter;
    attempt.lease.reset();
  }
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

#include "server/worker/stage_runner.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "schema/model/clean_text.h"
#include "schema/transport/errors.h"
#include "schema/wire/found.h"
#include "server/host/process/host_answer.h"
#include "server/logging/log.h"
#include "server/worker/stage_attempt.h"

namespace tilework::worker {
namespace {

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() / 100 % 10) + " s";
}

}  // namespace

StageRunner::StageRunner(Context with, wire::Stage stage, std::vector<std::string> paths, kj::Own<void> held)
    : with_(std::move(with)), stage_(std::move(stage)), paths_(std::move(paths)), held_(kj::mv(held)) {}

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
        .then([this, &running] { return with_.hosts.acquire(with_.group, is_quick(running)); })
        .then([this, &running](host::HostLease lease) {
          running.lease.emplace(std::move(lease));
          running.lease->process().name_filters(wire::names_of(stage_.calls));
          return transport::method([&] { return start(running); });
        })
        .attach(kj::mv(attempt));
  });
}

// A small image, or a view of any; the small tiles at a large image's border are a large job's all the same.
bool StageRunner::is_quick(const Attempt& attempt) const {
  const std::int64_t pixels = stage_.job.empty() ? attempt.pixels() : engine::area(stage_.plan.image);
  return pixels <= engine::small_image;
}

StageRunner::Piece StageRunner::piece_for(cv::Rect tile) const {
  const auto& plan = stage_.plan;
  if (tile.empty() || (tile & engine::bounds(plan.image)) != tile) {
    throw UserError("a tile lies outside the image");
  }
  return {tile, engine::segment_of(plan, plan.passes[stage_.pass], tile).size(),
          analyses() ? 0 : bytes_of(tile.size(), plan.output)};
}

// Hosts see pixels of their own work alone, and none in memory that will hold others': they get copies.
kj::Promise<void> StageRunner::take_segments(Attempt& attempt) {
  constexpr std::size_t line = 64;
  std::size_t bytes = 0;
  for (Piece& piece : attempt.pieces) {
    piece.input = bytes;
    bytes += (bytes_of(piece.segment, stage_.plan.input) + line - 1) / line * line;
  }
  attempt.input = with_.group->inputs.take(bytes);
  attempt.input->populate();
  const auto segments = attempt.context.getParams().getSegments();
  kj::Vector<kj::Promise<void>> taken;
  for (unsigned i = 0; i < segments.size(); ++i) {
    taken.add(take_pixels(attempt, attempt.pieces[i], segments[i].getPixels()));
  }
  return kj::joinPromises(taken.releaseAsArray()).then([&attempt] { attempt.context.releaseParams(); });
}

kj::Promise<void> StageRunner::take_pixels(Attempt& attempt, const Piece& piece, rpc::Pixels::Reader pixels) {
  const auto& format = stage_.plan.input;
  cv::Mat target(piece.segment, format.cv_type(), attempt.input->data() + piece.input);
  if (pixels.isShared()) {
    const auto& slab = with_.master->slabs.received.at(pixels.getShared().getSlab());
    host::pixels_in(*slab, pixels.getShared(), piece.segment, format).copyTo(target);
    return kj::READY_NOW;
  }
  if (pixels.isPacked()) {
    const auto packed = pixels.getPacked();
    return with_.master->pixels.unpack(std::as_bytes(std::span(packed.begin(), packed.size())), target,
                                       attempt.input);
  }
  const auto plain = pixels.getPlain();
  const auto bytes = bytes_of(piece.segment, format);
  if (plain.size() != bytes) throw UserError("a segment's pixels don't fit its rectangle");
  std::memcpy(target.data, plain.begin(), bytes);
  return kj::READY_NOW;
}

kj::Promise<void> StageRunner::start(Attempt& attempt) {
  attempt.started = with_.timer.now();
  const auto limit = with_.limit.for_pixels(attempt.pixels());
  return with_.timer.timeoutAfter(limit.count() * kj::MILLISECONDS, compute(attempt))
      .then([this, &attempt] { return settle(attempt); },
            [this, &attempt](kj::Exception&& error) { return fail(attempt, error); });
}

kj::Promise<void> StageRunner::compute(Attempt& attempt) {
  if (!analyses()) {
    const auto sizes = attempt.output_sizes();
    auto slab = with_.group->outputs.take(MarkedTiles::room_for(sizes));
    attempt.lease->process().writes_to(slab);
    attempt.tiles.emplace(std::move(slab), sizes);
  }
  return share(attempt)
      .then([this, &attempt] { return analyses() ? analyse(attempt) : apply(attempt); })
      .then([this, &attempt] { attempt.finished = with_.timer.now(); });
}

// What the host hasn't got yet.
kj::Promise<void> StageRunner::share(Attempt& attempt) {
  auto& process = attempt.lease->process();
  kj::Vector<kj::Promise<void>> shared;
  for (std::size_t i = 0; i < paths_.size(); ++i) shared.add(share_library(process, i));
  shared.add(process.slabs().share(*attempt.input, host::SlabSharer::Access::read));
  if (attempt.tiles) {
    shared.add(process.slabs().share(attempt.tiles->slab(), host::SlabSharer::Access::write));
  }
  return kj::joinPromises(shared.releaseAsArray());
}

// A filter whose library this machine doesn't give is named in front.
kj::Promise<void> StageRunner::share_library(host::HostProcess& process, std::size_t call) {
  return process.files()
      .share(stage_.calls[call].digest, paths_[call])
      .catch_([name = stage_.calls[call].filter](kj::Exception&& error) {
        if (error.getType() != kj::Exception::Type::FAILED || transport::is_answer(error)) {
          kj::throwFatalException(kj::mv(error));
        }
        kj::throwFatalException(
            transport::to_kj(Error(Fault::machine, name + ": " + transport::from_kj(error).what())));
      });
}

kj::Promise<void> StageRunner::analyse(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).analyseRequest();
  wire::write(request.initTile(), attempt.pieces[0].tile);
  write_input(request.initInput(), attempt, attempt.pieces[0]);
  return request.send().then([&attempt](auto&& answer) { attempt.learnt = kj::mv(answer); });
}

kj::Promise<void> StageRunner::apply(Attempt& attempt) {
  auto request = chain_in(*attempt.lease).runRequest();
  auto segments = request.initSegments(static_cast<unsigned>(attempt.pieces.size()));
  for (unsigned i = 0; i < segments.size(); ++i) {
    const Piece& piece = attempt.pieces[i];
    wire::write(segments[i].initTile(), piece.tile);
    write_input(segments[i].initInput(), attempt, piece);
    auto output = segments[i].initOutput();
    output.setSlab(attempt.tiles->slab().id());
    output.setOffset(attempt.tiles->offset(i));
    output.setStride(stride_of(piece.tile.size(), stage_.plan.output));
  }
  return request.send().then([&attempt](auto&& answer) { attempt.told = kj::mv(answer); });
}

void StageRunner::write_input(rpc::SharedPixels::Builder to, const Attempt& attempt,
                              const Piece& piece) const {
  to.setSlab(attempt.input->id());
  to.setOffset(piece.input);
  to.setStride(stride_of(piece.segment, stage_.plan.input));
}

kj::Promise<void> StageRunner::fail(Attempt& attempt, const kj::Exception& error) {
  const bool late = host::is_late(error);
  if (!late && error.getType() != kj::Exception::Type::DISCONNECTED) {
    const Error fault = host::fault_of_host(attempt.lease->process().pid(), error);
    if (host::makes_no_sense(error)) return refuse(attempt, fault.what());
    attempt.lease->give_back();  // the host is fine: the filter said no, by its name, or the machine did
    answer_failure(attempt, reason_of(fault, transport::is_answer(error)));
    return kj::READY_NOW;
  }
  const bool came_up = attempt.lease->process().came_up();
  return end_host(attempt).then([this, &attempt, late, came_up](std::string&& how) {
    const auto limit = with_.limit.for_pixels(attempt.pixels());
    if (!came_up && !late) {
      answer_failure(attempt, {.reason = "a filter host can't be started: " + how, .of_machine = true});
    } else {
      answer_failure(attempt, {.filters = wire::names_of(stage_.calls),
                               .reason = late ? "it took longer than " + seconds(limit) : how});
    }
  });
}

// Any filter of the call may be at fault: the host has loaded them all, and no others.
kj::Promise<void> StageRunner::refuse(Attempt& attempt, std::string reason) {
  return end_host(attempt).then([this, &attempt, reason = std::move(reason)](std::string&&) {
    answer_failure(attempt, {.filters = wire::names_of(stage_.calls), .reason = reason});
  });
}

// The slot needn't wait for the process.
kj::Promise<std::string> StageRunner::end_host(Attempt& attempt) {
  chains_.erase(attempt.lease->serial());
  auto ended = attempt.lease->process().end();
  attempt.lease.reset();
  return ended;
}

// A filter that can't be loaded here is named in front. A host that says so speaks for the one library that
// it has: others' filters, and the machine, are none of its business.
StageRunner::Reason StageRunner::reason_of(const Error& error, bool is_hosts) const {
  std::string text = error.what();
  const auto is_named = [&](const wire::BoundCall& call) {
    return text.find(call.filter) != std::string::npos;
  };
  const auto is_of_first_library = [&](const wire::BoundCall& call) {
    return call.digest == stage_.calls[0].digest;
  };
  if (error.fault() == Fault::machine &&
      (!is_hosts || std::ranges::all_of(stage_.calls, is_of_first_library))) {
    for (const auto& call : stage_.calls) {
      if (const auto name = call.filter + ": "; text.starts_with(name)) {
        return {call.filter, text.substr(name.size()), true};
      }
    }
  }
  if (!is_hosts && error.fault() == Fault::machine) return {.reason = std::move(text), .of_machine = true};
  const bool is_nameless = is_hosts && std::ranges::none_of(stage_.calls, is_named);
  return {is_nameless ? wire::names_of(stage_.calls) : std::string(), std::move(text)};
}

void StageRunner::answer_failure(Attempt& attempt, const Reason& why) {
  const cv::Rect& tile = attempt.pieces[0].tile;
  const std::string all = why.filters.empty() ? wire::names_of(stage_.calls) : why.filters;
  spdlog::warn("segment failed job={} tile={}x{}+{}+{} bundle={} filters={} reason={}",
               stage_.job.empty() ? "preview" : stage_.job, tile.width, tile.height, tile.x, tile.y,
               attempt.pieces.size(), in_quotes(all), in_quotes(why.reason));
  auto failure = attempt.context.getResults().initResults(1)[0].initFailure();
  failure.setFilter(why.filters);
  failure.setReason(why.reason);
  failure.setOfMachine(why.of_machine);
}

rpc::Chain::Client StageRunner::chain_in(host::HostLease& lease) {
  if (const auto found = chains_.find(lease.serial()); found != chains_.end()) return found->second;
  auto request = lease.process().client().openRequest();
  wire::write(request.initStage(), stage_);
  auto chain = request.send().getChain();
  chains_.emplace(lease.serial(), chain);
  return chain;
}

}  // namespace tilework::worker

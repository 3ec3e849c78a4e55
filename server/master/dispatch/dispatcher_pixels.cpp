// The dispatcher's pixels: how segments travel to workers on other machines, and how tiles come back from
// all.
#include <utility>
#include <vector>

#include "schema/transport/errors.h"
#include "schema/wire/found.h"
#include "schema/wire/stage.h"
#include "server/engine/geometry.h"
#include "server/master/dispatch/dispatcher.h"

namespace tilework::master {
namespace {

using Packed = kj::Maybe<std::vector<std::byte>>;

std::size_t bytes_of(const cv::Mat& pixels) {
  return pixels.total() * pixels.elemSize();
}

// Returns how many bytes they take.
std::size_t write_pixels(rpc::Pixels::Builder to, const cv::Mat& pixels, const Packed& packed) {
  KJ_IF_MAYBE (bytes, packed) {
    to.setPacked({reinterpret_cast<const kj::byte*>(bytes->data()), bytes->size()});
    return bytes->size();
  }
  auto plain = to.initPlain(static_cast<unsigned>(bytes_of(pixels)));
  cv::Mat target(pixels.size(), pixels.type(), plain.begin());
  pixels.copyTo(target);
  return plain.size();
}

}  // namespace

kj::Promise<Dispatcher::Response> Dispatcher::ask_over_network(WorkerEntry& worker,
                                                               const engine::Assign& assign) {
  const SegmentSource& source = *passes_.at(assign.job).source;
  const SegmentPixels from = source.pixels_of(assign.segment);
  if (source.bundle_of(assign.segment) > 1) return ask_plain(worker, assign);
  return worker.pixels->pack(from.pixels, from.slab)
      .then([this, assign, from, tile = source.tile_of(assign.segment),
             runner = runner(worker, assign.job)](Packed&& packed) mutable {
        std::size_t bytes = bytes_of(from.pixels);
        KJ_IF_MAYBE (smaller, packed) {
          bytes = smaller->size();
        }
        auto request = runner.runRequest(capnp::MessageSize{bytes / sizeof(capnp::word) + 64, 0});
        auto segment = request.initSegments(1)[0];
        wire::write(segment.initTile(), tile);
        count_sent(assign, write_pixels(segment.initPixels(), from.pixels, packed));
        return request.send();
      });
}

// Small segments, which gain nothing by being packed.
kj::Promise<Dispatcher::Response> Dispatcher::ask_plain(WorkerEntry& worker, const engine::Assign& assign) {
  const SegmentSource& source = *passes_.at(assign.job).source;
  const unsigned count = source.bundle_of(assign.segment);
  auto request = runner(worker, assign.job).runRequest();
  auto segments = request.initSegments(count);
  for (unsigned i = 0; i < count; ++i) {
    wire::write(segments[i].initTile(), source.tile_of(assign.segment + i));
    count_sent(assign,
               write_pixels(segments[i].initPixels(), source.pixels_of(assign.segment + i).pixels, nullptr));
  }
  return request.send();
}

// What `result` has, whose message stays; packed pixels in memory of their own. Fails with tilework::Error in
// KJ's clothes unless they have the right shape.
kj::Promise<SegmentAnswer> Dispatcher::read_answer(WorkerEntry& worker, const SegmentSource& source,
                                                   std::uint64_t segment, rpc::SegmentResult::Reader result) {
  return transport::method([&]() -> kj::Promise<SegmentAnswer> {
    SegmentAnswer answer;
    const auto format = source.output();
    if (!format) {
      if (!result.isStats()) throw Error(Fault::failed, "a worker sent no stats");
      if (result.getStats().size() > engine::most_tile_stats) {
        throw Error(Fault::failed, "a worker sent stats that are too large");
      }
      answer.stats = result.getStats();
      return source.check(result.getStats()).then([answer = kj::mv(answer)]() mutable {
        return kj::mv(answer);
      });
    }
    if (!result.isPixels()) throw Error(Fault::failed, "a worker sent no pixels");
    if (result.hasFindings()) {
      answer.found = wire::read(result.getFindings(), source.tile_of(segment), source.image());
    }
    const auto pixels = result.getPixels();
    const cv::Size size = source.tile_of(segment).size();
    if (pixels.isShared()) {
      auto slab = worker.slabs->received.at(pixels.getShared().getSlab());
      answer.pixels = host::pixels_in(*slab, pixels.getShared(), size, *format);
      answer.memory = kj::heap(kj::mv(slab));
      return kj::mv(answer);
    }
    const auto bytes =
        static_cast<std::size_t>(engine::area(size)) * static_cast<std::size_t>(format->bytes());
    if (pixels.isPacked()) {
      auto slab = unpacked_.take(bytes);
      answer.pixels = cv::Mat(size, format->cv_type(), slab->data());
      const auto packed = pixels.getPacked().asBytes();
      auto done =
          worker.pixels->unpack(std::as_bytes(std::span(packed.begin(), packed.size())), answer.pixels, slab);
      answer.memory = kj::heap(kj::mv(slab));
      return done.then([answer = kj::mv(answer)]() mutable { return kj::mv(answer); });
    }
    const auto plain = pixels.getPlain();
    if (plain.size() != bytes) throw Error(Fault::failed, "a worker sent pixels of the wrong size");
    answer.pixels = cv::Mat(size, format->cv_type(), const_cast<kj::byte*>(plain.begin()));
    return kj::mv(answer);
  });
}

void Dispatcher::count_sent(const engine::Assign& assign, std::size_t bytes) {
  if (const auto worker = workers_.find(assign.worker); worker != workers_.end()) {
    worker->second.sent_bytes += bytes;
  }
  if (const auto pass = passes_.find(assign.job); pass != passes_.end()) pass->second.wire_bytes += bytes;
}

// Over the network alone.
void Dispatcher::count_received(const engine::Assign& assign, rpc::SegmentResult::Reader result) {
  auto& worker = workers_.at(assign.worker);
  if (worker.slabs->sharer != nullptr) return;
  std::size_t bytes = 0;
  if (result.isStats()) bytes = result.getStats().size();
  if (result.isPixels()) {
    const auto pixels = result.getPixels();
    bytes = pixels.isPlain() ? pixels.getPlain().size() : pixels.isPacked() ? pixels.getPacked().size() : 0;
  }
  worker.received_bytes += bytes;
  passes_.at(assign.job).wire_bytes += bytes;
}

}  // namespace tilework::master

// How results leave a filter host's reach, and go to the master.
#include <cstring>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/found.h"
#include "server/host/process/host_answer.h"
#include "server/logging/log.h"
#include "server/worker/stage_attempt.h"

namespace tilework::worker {
namespace {

// Bytes of a tile that are cheaper to copy into a message than to share: a slab is a descriptor in two
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

}  // namespace

// A thread that a filter has left behind may still write: such a host is ended first.
kj::Promise<void> StageRunner::settle(Attempt& attempt) {
  auto& process = attempt.lease->process();
  if (!process.has_threads()) return take(attempt);
  with_.tell_of_threads(wire::names_of(stage_.calls));
  return process.end().then([this, &attempt](std::string&&) { return take(attempt); });
}

// Copies what the host has written, so that nothing changes any more, and lets go of the host. What it says
// is checked here, where no plugin runs.
kj::Promise<void> StageRunner::take(Attempt& attempt) {
  if (const auto fault = fault_of(attempt); !fault.empty()) return refuse(attempt, fault);
  if (analyses()) {
    const auto stats = KJ_ASSERT_NONNULL(attempt.learnt).getStats();
    results_of(attempt, stats.size())[0].setStats(stats);
  } else if (goes_in_message(attempt)) {
    write_plain(attempt);
  } else {
    attempt.result = with_.master->memory.take(attempt.output_bytes());
    std::memcpy(attempt.result->data(), attempt.tiles->bytes(0), attempt.output_bytes());
  }
  attempt.tiles.reset();
  attempt.input.reset();
  attempt.lease->give_back();
  return attempt.result == nullptr ? kj::Promise<void>(kj::READY_NOW) : send(attempt);
}

// What is wrong with a host's answer; empty where nothing is.
std::string StageRunner::fault_of(Attempt& attempt) const {
  try {
    return transport::method([&] { return fault_in(attempt); });
  } catch (const kj::Exception& error) {
    return host::fault_of_host(attempt.lease->process().pid(), error).what();
  }
}

// Throws what reading the answer throws.
std::string StageRunner::fault_in(Attempt& attempt) const {
  KJ_IF_MAYBE (answer, attempt.learnt) {
    return answer->getStats().size() > engine::most_tile_stats ? "its stats are too large" : "";
  }
  if (!attempt.tiles->is_whole()) return "it wrote outside its tile";
  const auto found = KJ_ASSERT_NONNULL(attempt.told).getFindings();
  if (found.size() == 0) return {};
  if (!stage_.detects || found.size() != attempt.pieces.size()) return "it reported what wasn't asked for";
  for (unsigned i = 0; i < found.size(); ++i) {
    attempt.pieces[i].found = wire::read(found[i], attempt.pieces[i].tile, stage_.plan.image);
  }
  return {};
}

// Bundles, and tiles that are small and aren't packed.
bool StageRunner::goes_in_message(const Attempt& attempt) const {
  const bool is_shared = with_.master->slabs.sharer != nullptr;
  return attempt.pieces.size() > 1 || (is_shared && attempt.output_bytes() <= small_tile);
}

kj::Promise<void> StageRunner::send(Attempt& attempt) {
  if (with_.master->slabs.sharer == nullptr) return send_over_network(attempt);
  return with_.master->slabs.sharer->share(*attempt.result, host::SlabSharer::Access::read)
      .then([this, &attempt] {
        auto result = results_of(attempt, 0)[0];
        auto shared = result.initPixels().initShared();
        shared.setSlab(attempt.result->id());
        shared.setOffset(0);
        shared.setStride(stride_of(attempt.pieces[0].tile.size(), stage_.plan.output));
        result.setLease(kj::heap<Lease>(attempt.result));
      });
}

kj::Promise<void> StageRunner::send_over_network(Attempt& attempt) {
  const cv::Mat pixels(attempt.pieces[0].tile.size(), stage_.plan.output.cv_type(), attempt.result->data());
  return with_.master->pixels.pack(pixels, attempt.result)
      .then([this, &attempt](kj::Maybe<std::vector<std::byte>>&& packed) {
        KJ_IF_MAYBE (bytes, packed) {
          results_of(attempt, bytes->size())[0].initPixels().setPacked(
              {reinterpret_cast<const kj::byte*>(bytes->data()), bytes->size()});
        } else {
          const std::size_t size = attempt.output_bytes();
          auto plain = results_of(attempt, size)[0].initPixels().initPlain(static_cast<unsigned>(size));
          std::memcpy(plain.begin(), attempt.result->data(), size);
        }
      });
}

// From where the host wrote them.
void StageRunner::write_plain(Attempt& attempt) {
  auto results = results_of(attempt, attempt.output_bytes());
  for (unsigned i = 0; i < results.size(); ++i) {
    const std::size_t size = attempt.pieces[i].output_bytes;
    auto plain = results[i].initPixels().initPlain(static_cast<unsigned>(size));
    std::memcpy(plain.begin(), attempt.tiles->bytes(i), size);
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

}  // namespace tilework::worker

// One call of StageRunner::run(), until it is answered or dropped. For the runner alone; on the event loop's
// thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include <kj/time.h>

#include "schema/host.capnp.h"
#include "server/engine/findings.h"
#include "server/engine/geometry.h"
#include "server/worker/marked_tiles.h"
#include "server/worker/stage_runner.h"

namespace tilework::worker {

inline std::size_t stride_of(cv::Size size, PixelFormat format) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(format.bytes());
}

inline std::size_t bytes_of(cv::Size size, PixelFormat format) {
  return stride_of(size, format) * static_cast<std::size_t>(size.height);
}

// One segment of a call.
struct StageRunner::Piece {
  cv::Rect tile;
  cv::Size segment;              // of the pixels that the tile needs
  std::size_t output_bytes = 0;  // rows without padding
  std::uint64_t input = 0;       // where its pixels lie in the call's slab
  engine::FindingList found{};
};

// Dropping it with its lease ends the host.
struct StageRunner::Attempt {
  RunContext context;
  std::vector<Piece> pieces{};
  std::optional<host::HostLease> lease{};
  kj::TimePoint started = kj::origin<kj::TimePoint>();
  kj::TimePoint finished = kj::origin<kj::TimePoint>();
  std::shared_ptr<host::Slab> input{};   // what the host reads: the segments, one after the other
  std::optional<MarkedTiles> tiles{};    // where the host writes; none where the pass analyses
  std::shared_ptr<host::Slab> result{};  // a copy of a large tile, out of the host's reach
  kj::Maybe<capnp::Response<rpc::Chain::RunResults>> told{};  // with what was found
  kj::Maybe<capnp::Response<rpc::Chain::AnalyseResults>> learnt{};

  std::int64_t pixels() const {
    std::int64_t sum = 0;
    for (const Piece& piece : pieces) sum += engine::area(piece.tile.size());
    return sum;
  }
  std::vector<std::size_t> output_sizes() const {
    std::vector<std::size_t> sizes;
    for (const Piece& piece : pieces) sizes.push_back(piece.output_bytes);
    return sizes;
  }
  std::size_t output_bytes() const {
    std::size_t sum = 0;
    for (const Piece& piece : pieces) sum += piece.output_bytes;
    return sum;
  }
};

}  // namespace tilework::worker

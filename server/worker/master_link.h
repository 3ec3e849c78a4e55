// A worker's end of a connection to one master: what both share, and how pixels go in messages where they
// share nothing. On the event loop's thread.
#pragma once

#include "server/host/memory/slab_sharing.h"
#include "server/pixel_codec/pixel_link.h"

namespace tilework::worker {

struct MasterLink {
  // Pixels go plain until the master has said how. The threads outlive this object.
  MasterLink(transport::WorkThreads& threads, transport::LinkRate rate)
      : pixels(threads, kj::mv(rate), pixel_codec::Packing::never) {}

  host::SlabLink slabs;
  // For pixels on their way, of any work: no host ever sees it.
  host::SlabPool memory{std::size_t{64} << 20};
  pixel_codec::PixelLink pixels;
};

}  // namespace tilework::worker

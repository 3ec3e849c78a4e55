// What a pass reads, from the first row to the last. On the event loop's thread.
#pragma once

#include <kj/async.h>

#include "server/host/memory/slab_sharing.h"
#include "server/master/dispatch/dispatcher.h"

namespace tilework::master {

class BandSource {
 public:
  virtual ~BandSource() noexcept(false) = default;

  // For bands, and for results that come in messages.
  virtual host::SlabPool& bands() = 0;
  virtual host::SlabArena& tiles() = 0;
  // Fills a band, as wide as the image, with the rows from `top` on. The first `known` of them are the last
  // ones of the band before, whose memory is there until it answers. Dropping the promise needn't stop it.
  virtual kj::Promise<void> read(const host::SlabPixels& band, int top, int known) = 0;
  // The pass has ended, with these results at the workers.
  virtual void ended(PassResults results) = 0;
};

}  // namespace tilework::master

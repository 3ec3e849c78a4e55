// One end of a connection over which pixels travel in messages: packs what is sent where that pays, and
// unpacks what comes. On the event loop's thread, whose other work goes on meanwhile: other threads do the
// packing.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <kj/async.h>
#include <opencv2/core.hpp>

#include "schema/transport/link_rate.h"
#include "schema/transport/work_threads.h"
#include "server/pixel_codec/link_model.h"

namespace tilework::pixel_codec {

enum class Packing { where_it_pays, never, always };

class PixelLink {
 public:
  // The threads outlive this object.
  PixelLink(transport::WorkThreads& threads, transport::LinkRate rate, Packing packing)
      : threads_(threads), rate_(kj::mv(rate)), packing_(packing) {}
  KJ_DISALLOW_COPY(PixelLink);

  void set_packing(Packing packing) { packing_ = packing; }

  // The pixels packed; null when they should be sent as they are. `memory` keeps them while they are read,
  // also when the promise was dropped, and is let go on any thread. Promises may outlive this object.
  kj::Promise<kj::Maybe<std::vector<std::byte>>> pack(cv::Mat pixels, std::shared_ptr<const void> memory);

  // Fills `pixels`, which lie in `memory`, as above. `packed` is read before this returns. Fails with
  // tilework::Error in KJ's clothes when it isn't what it should be.
  kj::Promise<void> unpack(std::span<const std::byte> packed, cv::Mat pixels,
                           std::shared_ptr<const void> memory);

 private:
  bool choose();

  transport::WorkThreads& threads_;
  transport::LinkRate rate_;
  Packing packing_;
  std::shared_ptr<LinkModel> model_ = std::make_shared<LinkModel>();
};

// As many threads as packing may take of this machine.
unsigned packing_threads();

}  // namespace tilework::pixel_codec

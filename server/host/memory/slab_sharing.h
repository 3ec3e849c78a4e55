// How slabs cross from one process to another: each once, under its maker's number, over a connection that
// passes file descriptors. On the event loop's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <kj/async.h>
#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "schema/common.capnp.h"
#include "server/host/memory/slab.h"

namespace tilework::host {

// The slabs that another process has shared with this one.
class ReceivedSlabs {
 public:
  ReceivedSlabs() : slabs_(std::make_shared<Slabs>()) {}

  // For the other process.
  rpc::SlabTable::Client table();
  // By the other's number. Throws tilework::Error for one that it didn't share.
  const std::shared_ptr<Slab>& at(std::uint64_t id) const;

 private:
  using Slabs = std::map<std::uint64_t, std::shared_ptr<Slab>>;
  class Table;
  class Entry;
  std::shared_ptr<Slabs> slabs_;
};

// The pixels that lie in a slab, as a matrix over it. Throws tilework::Error unless they do.
cv::Mat pixels_in(Slab& slab, rpc::SharedPixels::Reader where, cv::Size size, PixelFormat format);

// Shares slabs with one other process, which forgets them some time after they have gone here.
class SlabSharer {
 public:
  enum class Access { read, write };

  explicit SlabSharer(rpc::SlabTable::Client other) : other_(kj::mv(other)) {}
  KJ_DISALLOW_COPY(SlabSharer);

  // Answers when the other process knows the slab by its id(). A slab received from elsewhere is handed on
  // with what its descriptor allows. Fails with tilework::Error in KJ's clothes.
  kj::Promise<void> share(Slab& slab, Access access);

 private:
  kj::Promise<void> share_once(Slab& slab, Access access);

  struct Shared {
    std::weak_ptr<Slab> slab;
    kj::ForkedPromise<rpc::Held::Client> held;
    bool known = false;
  };
  using Slabs = std::map<std::uint64_t, Shared>;

  rpc::SlabTable::Client other_;
  std::shared_ptr<Slabs> shared_ = std::make_shared<Slabs>();  // answers may come after this object has gone
};

// Both directions with one other process.
struct SlabLink {
  ReceivedSlabs received;
  std::unique_ptr<SlabSharer> sharer;  // null where no memory can be shared
};

}  // namespace tilework::host

// The codec host's own side of codec.capnp: decodes and encodes images, in the files and the memory that its
// parent has handed over. One thread, and two for codecs.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "schema/codec.capnp.h"
#include "schema/transport/work_threads.h"
#include "server/host/memory/slab_sharing.h"

namespace tilework::codec {

// Where images are decoded and encoded: an image's decoder and encoder work side by side.
struct CodecThreads {
  std::shared_ptr<transport::WorkThreads> decoder, encoder;
};

class CodecHost final : public rpc::CodecHost::Server {
 public:
  // `isolation` is what isolate() returned.
  explicit CodecHost(std::string isolation) : isolation_(std::move(isolation)) {}

 protected:
  kj::Promise<void> isolation(IsolationContext context) override;
  kj::Promise<void> slabs(SlabsContext context) override;
  kj::Promise<void> open(OpenContext context) override;

 private:
  const CodecThreads& threads(bool in_background);

  std::string isolation_;
  std::shared_ptr<host::ReceivedSlabs> slabs_ = std::make_shared<host::ReceivedSlabs>();
  CodecThreads usual_, background_;  // null until they are needed
};

}  // namespace tilework::codec

// An image in a codec host, as the host's parent sees it: what is read of it, and what it is made into, in
// memory and files that are shared with the host. On the event loop's thread.
//
// All promises fail with tilework::Error in KJ's clothes: a file that can't be an input is its user's
// mistake; a host that ends, answers nonsense or takes too long is told by the name of the file that it had.
// After a failure, only the destructor may be called. Dropping the image drops its promises, and ends the
// host.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/io.h>
#include <kj/timer.h>

#include "schema/codec.capnp.h"
#include "server/host/host_pool.h"
#include "server/imageio/sink.h"
#include "server/imageio/source.h"

namespace tilework::codec {

using File = std::shared_ptr<kj::AutoCloseFd>;

// What an image is opened with. The references outlive it.
struct Opening {
  host::HostPool& hosts;
  kj::Timer& timer;
  std::shared_ptr<host::HostGroup> group;  // of the pool, whose host it gets
  File file;                               // open for reading
  std::string name;                        // as the user knows it
  imageio::Limits limits;
  bool in_background = false;  // others' work comes before it
  // Makes a temporary file for about so many bytes. Throws tilework::Error.
  std::function<File(std::uint64_t bytes)> make_file;
};

class HostedImage {
 public:
  // Answers when there is a host, and the file's header was read.
  static kj::Promise<kj::Own<HostedImage>> open(Opening with);
  // For open().
  HostedImage(Opening with, host::HostLease lease);
  ~HostedImage() noexcept;
  KJ_DISALLOW_COPY(HostedImage);

  const imageio::Info& info() const { return info_; }

  // For what the host writes and reads.
  host::SlabPool& bands() { return with_.group->outputs; }
  host::SlabArena& tiles() { return tiles_; }

  // Fills the band, as wide as the image and in memory of bands(): its first `known` rows with the last ones
  // of the band before, which is kept until then, the others with the image's next rows. One call at a time.
  kj::Promise<void> read(const host::SlabPixels& band, int known);
  // The next row is the first again.
  kj::Promise<void> rewind();

  // Begins an image made of this one in an empty file. Says what the settings don't allow.
  kj::Promise<void> create(const kj::AutoCloseFd& file, cv::Size size, PixelFormat format,
                           const imageio::OutputSettings& settings);
  // Its next rows, as tiles side by side, in the order of the calls. The memory stays until it answers.
  kj::Promise<void> write(const std::vector<host::SlabPixels>& tiles);
  // Completes the file, once all rows were written. Answers with what was changed to fit it.
  kj::Promise<std::vector<std::string>> finish();

  // Shares memory that came from elsewhere, which can't be shared any more once it is mapped here.
  kj::Promise<void> share(host::Slab& slab) { return share(slab, host::SlabSharer::Access::read); }

  // Runs when the host has gone; never, where it is given back.
  void when_gone(std::function<void()> then) { then_.push_back(std::move(then)); }
  // For the next image of the group, once all went well.
  void give_back();

 private:
  host::HostProcess& process();
  kj::Promise<std::string> how_it_ended();
  template <class Answer>
  kj::Promise<Answer> within(kj::Duration limit, const char* codec, kj::Promise<Answer> answer);
  kj::Promise<void> fail(kj::Duration limit, const char* codec, kj::Exception&& error);
  kj::Promise<void> opened();
  template <class Request>
  kj::Promise<void> lend_file(Request request, const char* codec, std::int64_t bytes);
  kj::Promise<void> share(host::Slab& slab, host::SlabSharer::Access access);

  Opening with_;
  host::SlabArena tiles_{with_.group->inputs};
  kj::Maybe<host::HostLease> lease_;  // null when it was given back
  kj::Maybe<kj::ForkedPromise<std::string>> ended_;
  rpc::CodecImage::Client image_ = nullptr;
  rpc::CodecResult::Client result_ = nullptr;
  imageio::Info info_;
  kj::ForkedPromise<void> turn_ = kj::Promise<void>(kj::READY_NOW).fork();  // of the next rows to be sent
  kj::Duration time_to_finish_ = 0 * kj::SECONDS;
  std::vector<File> scratch_;
  std::vector<std::function<void()>> then_;
};

}  // namespace tilework::codec

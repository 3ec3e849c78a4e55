// An image that is open for looking at: it is decoded once, when somebody looks at it first, into a pyramid
// that answers for any rectangle at any level. Before that, some files give a small picture quickly. On the
// event loop's thread; decoding and storing run on threads of their own, side by side.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/io.h>

#include "schema/transport/work_threads.h"
#include "server/host/memory/slab.h"
#include "server/imageio/reduced/pyramid.h"
#include "server/imageio/source.h"
#include "server/master/jobs/decoding_memory.h"
#include "server/master/jobs/spool.h"

namespace tilework::master {

class OpenImage final : private kj::TaskSet::ErrorHandler {
 public:
  // What the decoder's thread uses.
  struct Decoder {
    imageio::Source source;
    int next_row = 0;
  };

  // Opens the file, and answers when its header was read.
  // The slabs, the spool and the memory outlive the image. What it keeps on the disk is counted there.
  static kj::Promise<kj::Own<OpenImage>> open(std::shared_ptr<kj::AutoCloseFd> file, std::string name,
                                              imageio::Limits limits, host::SlabPool& slabs, Spool& spool,
                                              DecodingMemory::Share memory);
  struct File {
    std::shared_ptr<kj::AutoCloseFd> fd;
    std::string name;
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd->get()); }
  };
  // For open().
  OpenImage(File file, std::shared_ptr<transport::WorkThreads> thread, std::shared_ptr<Decoder> decoder,
            host::SlabPool& slabs, Spool& spool, DecodingMemory::Share memory);
  ~OpenImage() noexcept(false);
  KJ_DISALLOW_COPY(OpenImage);

  const imageio::Info& info() const { return info_; }
  const imageio::Pyramid& pyramid() const { return *pyramid_; }
  std::shared_ptr<const imageio::Pyramid> shared_pyramid() const { return pyramid_; }
  // The thread that reads from the pyramid.
  transport::WorkThreads& reader() { return *reading_; }

  // Answers when the first `rows` rows of the level can be read. Fails with tilework::Error in KJ's clothes
  // when the file turns out to be damaged before that.
  kj::Promise<void> has_rows(int level, int rows);

  struct Pixels {
    std::shared_ptr<host::Slab> slab;
    cv::Mat pixels;  // over it, without padding
  };
  // A rectangle of rows that can be read.
  kj::Promise<Pixels> read(int level, cv::Rect rect);

  // About what the level, one of the last two, will look like; empty if decoding is the only way to know.
  kj::Promise<cv::Mat> overview(int level);

 private:
  struct Waiting {
    int level;
    int rows;
    kj::Own<kj::PromiseFulfiller<void>> ready;
  };

  // Begins to decode, if nobody did.
  void begin();
  // The next rows of the file; none at its end.
  kj::Promise<cv::Mat> decode();
  // Puts rows into the pyramid, and goes on with those after them.
  void store(cv::Mat rows);
  void tell();
  // Nothing more will be decoded.
  void end_decoder();
  void taskFailed(kj::Exception&& error) override;

  File file_;
  host::SlabPool& slabs_;
  Spool& spool_;
  DecodingMemory::Share memory_;
  DecodingMemory::Held decoding_memory_;  // while there is a decoder that has begun
  imageio::Info info_;
  std::shared_ptr<imageio::Pyramid> pyramid_;
  std::optional<Spool::Promised> room_;       // for the pyramid, once it is begun
  std::shared_ptr<kj::AutoCloseFd> counted_;  // its file, for the spool
  std::shared_ptr<transport::WorkThreads> decoding_;
  std::shared_ptr<transport::WorkThreads> storing_ = std::make_shared<transport::WorkThreads>(1);
  std::shared_ptr<transport::WorkThreads> reading_ = std::make_shared<transport::WorkThreads>(1);
  std::shared_ptr<transport::WorkThreads> glancing_;  // once an overview was asked for
  std::shared_ptr<Decoder> decoder_;
  kj::Maybe<kj::ForkedPromise<cv::Mat>> overview_;  // the larger one
  bool begun_ = false;
  std::list<Waiting> waiting_;
  kj::Maybe<kj::Exception> damage_;
  kj::TaskSet tasks_;
};

}  // namespace tilework::master

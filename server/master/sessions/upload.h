// An image on its way into the spool. On the event loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <kj/io.h>
#include <kj/timer.h>

#include "schema/transport/blob.h"
#include "server/master/jobs/spool.h"
#include "server/master/sessions/seldom.h"

namespace tilework::master {

class JobTable;

// What is known of an image before its bytes.
struct ImageAnnouncement {
  std::string client;  // who sends it
  std::string name;    // what the client calls it
  std::uint64_t bytes = 0;
};

// Where failed uploads are noted: in the log, and among the jobs that have ended. Of many, which one client
// can announce in a second, some are, and the others are counted.
class UploadFailures {
 public:
  UploadFailures(JobTable& jobs, kj::Timer& timer) : jobs_(jobs), timer_(timer) {}

  kj::Timer& timer() { return timer_; }
  void note(const ImageAnnouncement& image, const std::string& reason);
  // Does `work` for an image; notes that it failed, and where.
  template <typename Work>
  void noting(const ImageAnnouncement& image, Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      note(image, error.what());
      throw;
    }
  }

 private:
  JobTable& jobs_;
  kj::Timer& timer_;
  Seldom told_{timer_, 10 * kj::SECONDS, 20};
};

// One that has begun may pause for so long; a client that has gone quiet keeps nothing for ever.
class Upload final : public transport::FileSink {
 public:
  using File = std::shared_ptr<kj::AutoCloseFd>;

  // `take` makes the file, when its first byte has come: what is merely announced needs no descriptor.
  // `complete` gets it when all has come, or null where that will never be. The failures outlive the upload;
  // a client that leaves is one, and so is one that sends no byte for `patience`.
  Upload(std::function<File()> take, ImageAnnouncement image, Spool::Promised room, UploadFailures& failures,
         std::chrono::milliseconds patience, std::function<void(File)> complete);
  ~Upload() noexcept(false);

 protected:
  kj::Promise<void> write(WriteContext context) override;
  kj::Promise<void> done(DoneContext context) override;

 private:
  void open();
  kj::Promise<void> watch();
  void give_up();

  std::function<File()> take_;
  const ImageAnnouncement image_;
  Spool::Promised room_;
  UploadFailures& failures_;
  kj::Duration patience_;
  std::function<void(File)> complete_;
  File file_;
  bool ended_ = false;  // well or not
  kj::TimePoint last_;  // when a byte came
  kj::Promise<void> watching_;
};

}  // namespace tilework::master

// An image on its way into the spool. On the event loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <kj/io.h>
#include <kj/timer.h>

#include "schema/transport/blob.h"
#include "server/master/spool.h"

namespace tilework::master {

class JobTable;

// What is known of an image before its bytes.
struct ImageAnnouncement {
  std::string client;  // who sends it
  std::string name;    // what the client calls it
  std::uint64_t bytes = 0;
};

// Where failed uploads are noted: in the log, and among the jobs that have ended.
class UploadFailures {
 public:
  UploadFailures(JobTable& jobs, kj::Timer& timer) : jobs_(jobs), timer_(timer) {}

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
};

class Upload final : public transport::FileSink {
 public:
  // `complete` is called when all has come. The failures outlive the upload; a client that leaves is one.
  Upload(kj::AutoCloseFd file, ImageAnnouncement image, Spool::Promised room, UploadFailures& failures,
         std::function<void()> complete);
  ~Upload() noexcept(false);

 protected:
  kj::Promise<void> write(WriteContext context) override;
  kj::Promise<void> done(DoneContext context) override;

 private:
  const ImageAnnouncement image_;
  Spool::Promised room_;
  UploadFailures& failures_;
  bool ended_ = false;  // well or not
};

}  // namespace tilework::master

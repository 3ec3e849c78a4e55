// Files without a name, for uploads and results: small ones in memory, for a disk's bookkeeping costs more
// than they do, others in the spool folder. On the event loop's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <kj/io.h>

#include "schema/model/error.h"

namespace tilework::master {

class Spool {
 public:
  // `most_bytes` are what all files in the folder may take together; 0: as much as there is.
  explicit Spool(std::string folder, std::uint64_t most_bytes = 0);

  // For about `bytes` of `what`. It is gone with its last owner, which may be on any thread. Throws
  // tilework::Error, also where the others have all that they may take by now.
  std::shared_ptr<kj::AutoCloseFd> take(const std::string& what, std::uint64_t bytes);

  // Room for a file that is still to come. Nothing is set aside on the disk: others are refused that it has
  // no room for besides.
  class Promised {
   public:
    Promised(std::shared_ptr<std::uint64_t> sum, std::uint64_t bytes) : sum_(std::move(sum)), left_(bytes) {
      *sum_ += left_;
    }
    ~Promised() { stored(~std::uint64_t{0}); }
    Promised(Promised&& other) noexcept
        : sum_(other.sum_), left_(std::exchange(other.left_, 0)), all_(other.all_) {}
    KJ_DISALLOW_COPY(Promised);

    // So many bytes of the file have come, all in all.
    void stored(std::uint64_t bytes);

   private:
    std::shared_ptr<std::uint64_t> sum_;
    std::uint64_t left_;
    std::uint64_t all_ = left_;
  };
  // Throws tilework::Error where the spool has no room for so many bytes, or may not take as many, which
  // fails at once what would fail at its end. `others` are the bytes of its client's other files, on their
  // way or here: as many have to be left, for their results and for other clients.
  Promised promise(const std::string& what, std::uint64_t bytes, std::uint64_t others = 0);

  // Somebody else's file in the folder, which is counted with the others as long as the answer lives. Throws
  // tilework::Error.
  std::shared_ptr<kj::AutoCloseFd> count(int descriptor);

  // Does `work`, which stores something; an error that isn't a user's says that it was the master's to store
  // it. Any thread.
  template <typename Work>
  static void storing(const std::string& what, Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.fault() == Fault::user) throw;
      fail(what, error.what());
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& what, const std::string& trouble);
  void check_total(const std::string& what, std::uint64_t bytes);
  void check_share(const std::string& what, std::uint64_t bytes, std::uint64_t others);
  std::uint64_t stored();

  std::string folder_;
  std::uint64_t most_bytes_;
  std::vector<std::weak_ptr<kj::AutoCloseFd>> files_;      // in the folder, where they are counted
  std::shared_ptr<std::atomic<std::uint64_t>> in_memory_;  // bytes of small files, by what was expected
  std::shared_ptr<std::uint64_t> promised_ = std::make_shared<std::uint64_t>(0);  // bytes that are to come
};

}  // namespace tilework::master

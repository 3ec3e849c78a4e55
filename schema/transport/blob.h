// Files that travel in pieces. All of it runs on the thread of the event loop; files are local, so their
// reads and writes are short.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <kj/async.h>
#include <kj/io.h>

#include "schema/common.capnp.h"

namespace tilework::transport {

inline constexpr std::size_t blob_piece = 1u << 20;  // bytes

// Of a file that goes in one message with the call that needs it.
inline constexpr std::uint64_t blob_in_message = 256u << 10;  // bytes

// All of `bytes` from or to a place in a file. Throw tilework::Error, also where the file ends before; of a
// write it says on which machine, in which folder and why (schema/storage/storage_trouble.h).
void read_file(int fd, std::uint64_t offset, kj::ArrayPtr<kj::byte> bytes);
void write_file(int fd, std::uint64_t offset, kj::ArrayPtr<const kj::byte> bytes);

// Sends the first `size` bytes of a file and then done(). `sent` is called with the bytes that went out so
// far. The descriptor outlives the promise.
kj::Promise<void> send_file(int fd, std::uint64_t size, rpc::BlobSink::Client sink,
                            std::function<void(std::uint64_t)> sent = {});

// Stores what is written into a file descriptor, from its start. Refuses more than `limit` bytes (UserError),
// pieces larger than blob_piece, and writes after done().
class FileSink : public rpc::BlobSink::Server {
 public:
  // `done` gets the number of bytes; what it throws is the answer to done(). `stored` is called with the
  // bytes that are stored so far.
  FileSink(kj::AutoCloseFd fd, std::uint64_t limit, std::function<void(kj::AutoCloseFd, std::uint64_t)> done,
           std::function<void(std::uint64_t)> stored = {})
      : fd_(kj::mv(fd)), limit_(limit), done_(std::move(done)), stored_(std::move(stored)) {}

 protected:
  // Where it is stored, for one that was made without a file.
  void set_file(kj::AutoCloseFd fd) { fd_ = kj::mv(fd); }

  kj::Promise<void> write(WriteContext context) override;
  kj::Promise<void> done(DoneContext context) override;
  // What these do. Throw tilework::Error.
  void store(kj::ArrayPtr<const kj::byte> bytes);
  void finish();

 private:
  kj::AutoCloseFd fd_;
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  bool finished_ = false;
  std::function<void(kj::AutoCloseFd, std::uint64_t)> done_;
  std::function<void(std::uint64_t)> stored_;
};

// A file without a name in memory, for one so small that a disk's bookkeeping would cost more. Throws
// tilework::Error.
kj::AutoCloseFd memory_file();

// An unlinked file in `folder`: it is gone with its last descriptor. Throws tilework::Error.
kj::AutoCloseFd temporary_file(const std::string& folder);

}  // namespace tilework::transport

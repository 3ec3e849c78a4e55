#include "schema/transport/blob.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/storage/storage_trouble.h"
#include "schema/transport/errors.h"

namespace tilework::transport {
namespace {

struct Sending {
  int fd;
  std::uint64_t size;
  std::uint64_t offset = 0;
  rpc::BlobSink::Client sink;
  std::function<void(std::uint64_t)> sent;
};

// One piece, then the rest. A streaming call answers when the next one may be sent.
kj::Promise<void> send_next(std::shared_ptr<Sending> state) {
  if (state->offset == state->size) {
    return state->sink.doneRequest().send().ignoreResult();
  }
  const auto piece =
      static_cast<std::size_t>(std::min<std::uint64_t>(blob_piece, state->size - state->offset));
  auto request = state->sink.writeRequest(capnp::MessageSize{piece / sizeof(capnp::word) + 16, 1});
  auto bytes = request.initBytes(static_cast<unsigned>(piece));
  method([&] { read_file(state->fd, state->offset, bytes); });
  state->offset += piece;
  return request.send().then([state]() {
    if (state->sent) state->sent(state->offset);
    return send_next(state);
  });
}

}  // namespace

void read_file(int fd, std::uint64_t offset, kj::ArrayPtr<kj::byte> bytes) {
  for (std::size_t filled = 0; filled < bytes.size();) {
    const ssize_t got =
        ::pread(fd, bytes.begin() + filled, bytes.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(Fault::failed, "a file became shorter or unreadable while it was sent");
    filled += static_cast<std::size_t>(got);
  }
}

void write_file(int fd, std::uint64_t offset, kj::ArrayPtr<const kj::byte> bytes) {
  for (std::size_t stored = 0; stored < bytes.size();) {
    const ssize_t put =
        ::pwrite(fd, bytes.begin() + stored, bytes.size() - stored, static_cast<off_t>(offset + stored));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw Error(Fault::machine, storage_trouble(fd, put == 0 ? EIO : errno));
    stored += static_cast<std::size_t>(put);
  }
}

kj::Promise<void> send_file(int fd, std::uint64_t size, rpc::BlobSink::Client sink,
                            std::function<void(std::uint64_t)> sent) {
  return send_next(std::make_shared<Sending>(Sending{fd, size, 0, kj::mv(sink), std::move(sent)}));
}

kj::Promise<void> FileSink::write(WriteContext context) {
  return method([&]() -> kj::Promise<void> {
    store(context.getParams().getBytes());
    return kj::READY_NOW;
  });
}

kj::Promise<void> FileSink::done(DoneContext) {
  return method([&]() -> kj::Promise<void> {
    finish();
    return kj::READY_NOW;
  });
}

void FileSink::store(kj::ArrayPtr<const kj::byte> bytes) {
  if (finished_) throw UserError("bytes came after the end of a file");
  if (bytes.size() > blob_piece) throw UserError("a piece of a file is larger than 1 MiB");
  if (bytes.size() > limit_ - size_) throw UserError("a file is longer than was announced");
  write_file(fd_, size_, bytes);
  size_ += bytes.size();
  if (stored_) stored_(size_);
}

void FileSink::finish() {
  if (finished_) throw UserError("a file ended twice");
  finished_ = true;
  done_(kj::mv(fd_), size_);
}

kj::AutoCloseFd memory_file() {
  const int fd = ::memfd_create("tilework-file", MFD_CLOEXEC);
  if (fd < 0) throw Error(Fault::machine, storage_trouble("memory", errno));
  return kj::AutoCloseFd(fd);
}

kj::AutoCloseFd temporary_file(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return kj::AutoCloseFd(fd);
  std::string name = folder + "/tilework-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) {
    throw Error(Fault::machine, storage_trouble(folder, errno));
  }
  ::unlink(name.c_str());
  return kj::AutoCloseFd(named);
}

}  // namespace tilework::transport

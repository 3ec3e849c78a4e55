#include "server/host/memory/passed_descriptor.h"

#include <cerrno>

#include <fcntl.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"

namespace tilework::host {

kj::AutoCloseFd duplicate(int fd, const std::string& doing) {
  kj::AutoCloseFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy.get() < 0) throw Error(Fault::machine, doing + ": " + transport::words_of_error(errno));
  return copy;
}

namespace {

class FileServer final : public rpc::HostFile::Server {
 public:
  explicit FileServer(kj::AutoCloseFd fd) : fd_(kj::mv(fd)) {}
  kj::Maybe<int> getFd() override { return fd_.get(); }

 private:
  kj::AutoCloseFd fd_;
};

}  // namespace

rpc::HostFile::Client host_file(kj::AutoCloseFd fd) {
  return kj::heap<FileServer>(kj::mv(fd));
}

kj::Promise<kj::AutoCloseFd> received_file(rpc::HostFile::Client file) {
  auto descriptor = file.getFd();
  return descriptor.then([file = kj::mv(file)](kj::Maybe<int>&& fd) {
    return transport::method([&] {
      KJ_IF_MAYBE (number, fd) {
        return duplicate(*number, "a file can't be taken");
      } else {
        throw Error(Fault::machine, "a file was handed over without its descriptor" + why_no_descriptor());
      }
    });
  });
}

std::string why_no_descriptor() {
  const kj::AutoCloseFd probe(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  return probe.get() < 0 && errno == EMFILE ? ": " + transport::words_of_error(EMFILE) : "";
}

}  // namespace tilework::host

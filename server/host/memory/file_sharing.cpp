#include "server/host/memory/file_sharing.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"
#include "server/host/memory/passed_descriptor.h"

namespace tilework::host {
namespace {

// Of one host: many times what a recipe may name.
constexpr std::size_t most_files = 256;

class FileServer final : public rpc::PluginFile::Server {
 public:
  explicit FileServer(kj::AutoCloseFd fd) : fd_(kj::mv(fd)) {}
  kj::Maybe<int> getFd() override { return fd_.get(); }

 private:
  kj::AutoCloseFd fd_;
};

// Whoever may write into the folder can't have something else opened in the file's place.
kj::AutoCloseFd opened(const std::filesystem::path& path) {
  kj::AutoCloseFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file, &info) != 0) {
    throw Error(Fault::machine, "it can't be opened: " + transport::words_of_error(errno));
  }
  if (!S_ISREG(info.st_mode)) throw Error(Fault::machine, "it can't be opened: it is no file");
  return file;
}

}  // namespace

kj::Promise<void> FileSharer::share(const std::string& digest, const std::filesystem::path& path) {
  return transport::method([&]() -> kj::Promise<void> {
    if (shared_->contains(digest)) return kj::READY_NOW;
    auto request = host_.provideRequest();
    request.setDigest(digest);
    request.setFile(kj::heap<FileServer>(opened(path)));
    shared_->insert(digest);
    return request.send().ignoreResult().catch_([shared = shared_, digest](kj::Exception&& error) {
      shared->erase(digest);
      kj::throwFatalException(kj::mv(error));
    });
  });
}

kj::Promise<void> ReceivedFiles::receive(std::string digest, rpc::PluginFile::Client file) {
  auto descriptor = file.getFd();
  return descriptor.then(
      [self = shared_from_this(), digest = std::move(digest), file = kj::mv(file)](kj::Maybe<int>&& fd) {
        transport::method([&] {
          if (self->files_.size() >= most_files)
            throw Error(Fault::failed, "too many files were handed over");
          KJ_IF_MAYBE (number, fd) {
            self->files_.try_emplace(digest, duplicate(*number, "a file can't be taken"));
          } else {
            throw Error(Fault::machine, "a plugin was handed over without its file" + why_no_descriptor());
          }
        });
      });
}

kj::AutoCloseFd ReceivedFiles::open(const std::string& digest) const {
  const auto found = files_.find(digest);
  if (found == files_.end()) throw UserError("its file wasn't handed over");
  return duplicate(found->second, "its file can't be opened");
}

}  // namespace tilework::host

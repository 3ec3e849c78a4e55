#include "client/session/output_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

std::string system_text(int error) {
  return std::generic_category().message(error);
}

// Where a symbolic link leads to, so that the link stays and its file is replaced.
fs::path resolved(const fs::path& target) {
  std::error_code error;
  const auto canonical = fs::canonical(target, error);
  return error ? target : canonical;
}

}  // namespace

OutputFile::OutputFile(const fs::path& target, const std::string& tag)
    : target_(resolved(target)), temporary_(target_.parent_path() / (".tilework-" + tag + ".part")) {
  const auto folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  int fd = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0) {  // network file systems, for example
    fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    named_ = fd >= 0;
  }
  if (fd < 0) {
    throw UserError(target_.string() + " can't be written: " + system_text(errno) + " in the folder " +
                    folder.string() + "; choose another with -o");
  }
  file_ = kj::AutoCloseFd(fd);
}

OutputFile::~OutputFile() {
  if (named_) ::unlink(temporary_.c_str());
}

kj::AutoCloseFd OutputFile::duplicate() const {
  const int fd = ::fcntl(file_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw Error(Fault::failed, target_.string() + " can't be written: " + system_text(errno));
  return kj::AutoCloseFd(fd);
}

// A file without a name can't take another's place by itself: it gets a name for a moment.
void OutputFile::commit() {
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  if (!named_)
    named_ = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (!named_ || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw Error(Fault::failed, target_.string() + " can't be written: " + system_text(errno));
  }
  named_ = false;
}

}  // namespace tilework::client

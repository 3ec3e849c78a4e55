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
  const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    const int error = errno;
    const auto folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
    throw UserError(target.string() + " can't be written: " + system_text(error) + " in the folder " +
                    folder.string() + "; choose another with -o");
  }
  ::close(fd);
}

OutputFile::~OutputFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

kj::AutoCloseFd OutputFile::open() const {
  const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) throw Error(Fault::failed, target_.string() + " can't be written: " + system_text(errno));
  return kj::AutoCloseFd(fd);
}

void OutputFile::commit() {
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw Error(Fault::failed, target_.string() + " can't be replaced: " + system_text(errno));
  }
  committed_ = true;
}

}  // namespace tilework::client

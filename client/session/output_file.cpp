#include "client/session/output_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

std::string system_text(int error) {
  return std::generic_category().message(error);
}

constexpr int most_links = 40;  // as Linux follows

[[noreturn]] void refuse(const fs::path& name, const std::string& why) {
  throw UserError(name.string() + " can't be written: " + why + "; choose another with -o");
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

fs::path followed(const fs::path& name) {
  fs::path target = name;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
    if (links == most_links) refuse(name, system_text(ELOOP));
    const fs::path next = fs::read_symlink(target, error);
    if (error) refuse(name, error.message());
    target = target.parent_path() / next;
  }
  return target;
}

void check_folder(const fs::path& name, const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0 || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    refuse(name, system_text(errno) + " in the folder " + folder.string());
  }
  if (!S_ISDIR(status.st_mode)) refuse(name, folder.string() + " is not a folder");
}

// In folders such as /tmp, others may not replace a file.
bool is_protected(const fs::path& folder, const struct stat& file) {
  struct stat status {};
  const uid_t user = ::geteuid();
  return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_ISVTX) != 0 && user != 0 &&
         file.st_uid != user && status.st_uid != user;
}

}  // namespace

fs::path output_target(const fs::path& name) {
  fs::path target = followed(name);
  check_folder(name, folder_of(target));
  struct stat status {};
  if (::lstat(target.c_str(), &status) != 0) {
    if (errno != ENOENT) refuse(name, system_text(errno));
    return target;
  }
  if (S_ISDIR(status.st_mode)) refuse(name, "it is a folder");
  if (!S_ISREG(status.st_mode)) refuse(name, "it exists and is not a file");
  if (is_protected(folder_of(target), status)) refuse(name, system_text(EPERM));
  return target;
}

OutputFile::OutputFile(const fs::path& target, const std::string& tag)
    : target_(output_target(target)), temporary_(target_.parent_path() / (".tilework-" + tag + ".part")) {
  struct stat status {};
  if (::lstat(temporary_.c_str(), &status) != 0 && errno != ENOENT) refuse(target, system_text(errno));
  const auto folder = folder_of(target_);
  int fd = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0) {  // network file systems, for example
    fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    named_ = fd >= 0;
  }
  if (fd < 0) refuse(target, system_text(errno) + " in the folder " + folder.string());
  file_ = kj::AutoCloseFd(fd);
}

OutputFile::OutputFile(int file) : file_(::fcntl(file, F_DUPFD_CLOEXEC, 0)) {
  if (::ftruncate(file_, 0) != 0)
    throw Error(Fault::failed, "a file can't be written: " + system_text(errno));
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
  if (target_.empty()) return;
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  if (!named_)
    named_ = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (!named_ || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw Error(Fault::failed, target_.string() + " can't be written: " + system_text(errno));
  }
  named_ = false;
}

}  // namespace tilework::client

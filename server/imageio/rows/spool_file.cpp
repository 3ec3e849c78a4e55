#include "server/imageio/rows/spool_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/storage/storage_trouble.h"
#include "server/imageio/rows/write_at.h"

namespace tilework::imageio {
namespace {

[[noreturn]] void fail(const std::string& trouble) {
  throw Error(Fault::failed,
              "a temporary file can't be stored: " + trouble +
                  "; free some space there, or name another folder in TMPDIR (a master's: with "
                  "--spool)");
}

}  // namespace

SpoolFile::SpoolFile() {
  std::error_code ignored;
  const auto folder = std::filesystem::temp_directory_path(ignored);
  std::string path = (folder / "tilework-XXXXXX").string();
  fd_ = mkostemp(path.data(), O_CLOEXEC);
  if (fd_ < 0) fail(storage_trouble(folder, errno));
  unlink(path.c_str());
}

SpoolFile::~SpoolFile() {
  if (mapped_ != nullptr) munmap(mapped_, size_);
  close(fd_);
}

void SpoolFile::write(const void* data, std::size_t bytes, std::int64_t at) {
  if (const int error = write_at(fd_, data, bytes, at); error != 0) fail(storage_trouble(fd_, error));
  size_ = std::max(size_, static_cast<std::size_t>(at) + bytes);
}

void SpoolFile::read(void* data, std::size_t bytes, std::int64_t at) const {
  auto* to = static_cast<std::byte*>(data);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got = pread(fd_, to + done, bytes - done, at + static_cast<std::int64_t>(done));
    if (got == 0 || (got < 0 && errno != EINTR)) {
      throw Error(Fault::failed, "a temporary file could not be read: " +
                                     (got == 0 ? "it is too short" : std::generic_category().message(errno)));
    }
    if (got > 0) done += static_cast<std::size_t>(got);
  }
}

std::byte* SpoolFile::map() {
  void* at = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_, 0);
  if (at == MAP_FAILED) fail(storage_trouble(fd_, errno));
  return mapped_ = static_cast<std::byte*>(at);
}

void SpoolFile::unload() {
  madvise(mapped_, size_, MADV_DONTNEED);
}

}  // namespace tilework::imageio

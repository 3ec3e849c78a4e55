#include "tools/cli/temporary_file.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "client/common/text.h"
#include "schema/model/error.h"

namespace tilework::cli {
namespace {

std::string temporary_folder() {
  const char* variable = std::getenv("TMPDIR");
  return variable == nullptr || *variable == '\0' ? "/tmp" : variable;
}

}  // namespace

TemporaryFile::TemporaryFile() : folder_(temporary_folder()) {
  std::string name = folder_ + "/tilework-XXXXXX";
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) {
    throw UserError("no temporary file can be made in " + folder_ + ": " + system_text(errno) +
                    "; name another folder in TMPDIR");
  }
  ::unlink(name.c_str());
}

TemporaryFile::~TemporaryFile() {
  ::close(file_);
}

void TemporaryFile::append(const char* bytes, std::size_t size, const std::string& what) {
  while (size > 0) {
    const ssize_t put = ::write(file_, bytes, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      throw Error(Fault::failed, what + " in " + folder_ + ": " + system_text(errno) +
                                     "; name a folder with more space in TMPDIR");
    }
    bytes += put;
    size -= static_cast<std::size_t>(put);
  }
}

}  // namespace tilework::cli

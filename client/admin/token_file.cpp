#include "client/admin/token_file.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <kj/io.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

constexpr std::size_t digits = 64;

Error refuse(const std::filesystem::path& file, const std::string& reason) {
  return {Fault::denied, "the token file " + file.string() + " " + reason};
}

}  // namespace

std::string read_token_file(const std::filesystem::path& file) {
  const kj::AutoCloseFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd < 0) {
    throw refuse(file, errno == ENOENT ? "doesn't exist"
                                       : "can't be read (" + std::generic_category().message(errno) + ")");
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) throw refuse(file, "is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw refuse(
        file,
        "may be used by others than its owner, so it is no secret; run chmod 600 on it, and if others "
        "may have read it, delete the master's own and start that again, for a new one");
  }
  std::array<char, digits + 2> text;
  const ssize_t got = ::read(fd, text.data(), text.size());
  std::string token(text.data(), static_cast<std::size_t>(got < 0 ? 0 : got));
  if (token.ends_with('\n')) token.pop_back();
  if (token.size() != digits || token.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw refuse(file, "holds no token, which is a line of 64 hexadecimal digits");
  }
  return token;
}

}  // namespace tilework::client

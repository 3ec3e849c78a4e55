#include "server/master/admin_token.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <kj/io.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::master {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits = 64;

std::string random_hexadecimal() {
  std::array<unsigned char, digits / 2> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, digits + 1> text;
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

UserError cannot(const std::string& what, const fs::path& file, int error) {
  return UserError("the administrator's token can't be " + what + ": " + file.string() + ": " +
                   std::generic_category().message(error) + "; name another folder with --state");
}

// The file appears complete, or not at all; one that is there stays.
void make_token(const fs::path& file) {
  const fs::path partial = file.string() + "." + random_hexadecimal().substr(0, 16);
  const kj::AutoCloseFd fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd < 0) throw cannot("made", partial, errno);
  const std::string text = random_hexadecimal() + "\n";
  errno = ENOSPC;  // what a short write means
  const bool made = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::fsync(fd) == 0 && (::link(partial.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(partial.c_str());
  if (!made) throw cannot("made", file, error);
}

std::string read_token(int fd, const fs::path& file) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw cannot("read", file, errno);
  if (!S_ISREG(status.st_mode)) throw UserError("the administrator's token " + file.string() + " is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw UserError(
        "others than its owner may use the administrator's token " + file.string() +
        ", so it is no secret; delete it, and a new one is made at the next start, or run chmod 600 "
        "on it if nobody has read it");
  }
  std::array<char, digits + 2> text;
  const ssize_t got = ::read(fd, text.data(), text.size());
  if (got < 0) throw cannot("read", file, errno);
  std::string token(text.data(), static_cast<std::size_t>(got));
  if (token.ends_with('\n')) token.pop_back();
  if (token.size() != digits || token.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw UserError("the administrator's token " + file.string() +
                    " is damaged; delete it, and a new one is made at the next start");
  }
  return token;
}

kj::AutoCloseFd open_token(const fs::path& file) {
  return kj::AutoCloseFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

}  // namespace

AdminToken::AdminToken(const fs::path& folder) : file_(folder / "admin-token"), hash_{} {
  if (::sodium_init() < 0)
    throw UserError("this machine has no source of random numbers to make a token from");
  auto fd = open_token(file_);
  if (fd < 0 && errno == ENOENT) {
    make_token(file_);
    fd = open_token(file_);
  }
  if (fd < 0) throw cannot("read", file_, errno);
  std::string token = read_token(fd, file_);
  hash_ = hash_of(token);
  sodium_memzero(token.data(), token.size());
}

bool AdminToken::matches(std::string_view guess) const {
  const Hash hash = hash_of(guess);
  return ::sodium_memcmp(hash.data(), hash_.data(), hash.size()) == 0;
}

AdminToken::Hash AdminToken::hash_of(std::string_view text) {
  Hash hash;
  ::crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), nullptr, 0);
  return hash;
}

}  // namespace tilework::master

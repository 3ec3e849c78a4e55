#include "server/secret/secret_file.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <kj/io.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::server {
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

UserError cannot(const char* done, const fs::path& file, const SecretFile::Kind& kind, int error) {
  return UserError(std::string(kind.what) + " can't be " + done + ": " + file.string() + ": " +
                   std::generic_category().message(error));
}

// The file appears complete, or not at all; one that is there stays.
void make_secret(const fs::path& file, const SecretFile::Kind& kind) {
  const fs::path partial = file.string() + "." + random_hexadecimal().substr(0, 16);
  const auto fail = [&](const fs::path& path, int error) {
    throw UserError(std::string(cannot("made", path, kind, error).what()) +
                    "; name another folder with --state");
  };
  const kj::AutoCloseFd fd(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) fail(partial, errno);
  const std::string text = random_hexadecimal() + "\n";
  errno = ENOSPC;  // what a short write means
  const bool made = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::fsync(fd) == 0 && (::link(partial.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(partial.c_str());
  if (!made) fail(file, error);
}

std::string read_text(int fd, const fs::path& file, const SecretFile::Kind& kind) {
  const std::string name = kind.what + (" " + file.string());
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw cannot("read", file, kind, errno);
  if (!S_ISREG(status.st_mode)) throw UserError(name + " is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw UserError("others than its owner may use " + name +
                    ", so it is no secret; run chmod 600 on it if nobody has read it; otherwise delete the "
                    "master's, which makes a new one at its next start");
  }
  std::array<char, digits + 2> text;
  const ssize_t got = ::read(fd, text.data(), text.size());
  if (got < 0) throw cannot("read", file, kind, errno);
  std::string secret(text.data(), static_cast<std::size_t>(got));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.size() != digits || secret.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw UserError(name + " is damaged: it is a line of " + std::to_string(digits) +
                    " hexadecimal digits; delete the master's, and a new one is made at its next start, or "
                    "copy that again");
  }
  return secret;
}

kj::AutoCloseFd open_secret(const fs::path& file) {
  return kj::AutoCloseFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

}  // namespace

std::string read_secret(const fs::path& file, const SecretFile::Kind& kind) {
  const auto fd = open_secret(file);
  if (fd.get() < 0) throw cannot("read", file, kind, errno);
  return read_text(fd, file, kind);
}

SecretFile::SecretFile(const fs::path& folder, const Kind& kind) : file_(folder / kind.name), hash_{} {
  if (::sodium_init() < 0) {
    throw UserError("this machine has no source of random numbers to make " + std::string(kind.what) +
                    " from");
  }
  if (open_secret(file_).get() < 0 && errno == ENOENT) make_secret(file_, kind);
  std::string secret = read_secret(file_, kind);
  hash_ = hash_of(secret);
  sodium_memzero(secret.data(), secret.size());
}

bool SecretFile::matches(std::string_view guess) const {
  const Hash hash = hash_of(guess);
  return ::sodium_memcmp(hash.data(), hash_.data(), hash.size()) == 0;
}

SecretFile::Hash SecretFile::hash_of(std::string_view text) {
  Hash hash;
  ::crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), nullptr, 0);
  return hash;
}

}  // namespace tilework::server

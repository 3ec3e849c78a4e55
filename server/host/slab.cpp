#include "server/host/slab.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::host {
namespace {

[[noreturn]] void fail(const char* doing) {
  throw Error(Fault::failed, std::string("shared memory can't be ") + doing + ": " + std::strerror(errno));
}

std::size_t size_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail("measured");
  return static_cast<std::size_t>(info.st_size);
}

}  // namespace

Slab Slab::make() {
  kj::AutoCloseFd fd(::memfd_create("tilework-slab", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd.get() < 0) fail("made");
  // A child that could shrink it could end the parent by SIGBUS.
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) fail("sealed");
  return Slab(kj::mv(fd));
}

Slab::Slab(Slab&& other) noexcept
    : fd_(kj::mv(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Slab::~Slab() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void Slab::map(std::size_t size) {
  if (data_ != nullptr) ::munmap(data_, size_);
  data_ = nullptr;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) fail("mapped");
  data_ = static_cast<std::byte*>(mapped);
  size_ = size;
}

std::byte* Slab::grow(std::size_t size) {
  if (size <= size_) return data_;
  constexpr std::size_t page = 1u << 16;
  size = (size + page - 1) / page * page;
  if (size > size_of(fd_) && ::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("made larger");
  map(size);
  return data_;
}

void Slab::catch_up() {
  const std::size_t whole = size_of(fd_);
  if (whole > size_) map(whole);
}

std::byte* Slab::range(std::size_t offset, std::size_t size) const {
  if (offset > size_ || size > size_ - offset) {
    throw Error(Fault::failed, "a segment lies outside the shared memory");
  }
  return data_ + offset;
}

}  // namespace tilework::host

// Memory that a filter host shares with its parent: pixels cross between them without a copy through a
// socket. The parent makes it and lets it grow; the child maps what is there. Nobody can shrink it. One
// thread at a time.
#pragma once

#include <cstddef>

#include <kj/common.h>
#include <kj/io.h>

namespace tilework::host {

class Slab {
 public:
  // The parent's: a sealed memfd. Throws tilework::Error when the system gives none.
  static Slab make();
  // The child's: over the descriptor that it inherited.
  explicit Slab(kj::AutoCloseFd fd) : fd_(kj::mv(fd)) {}
  Slab(Slab&& other) noexcept;
  ~Slab();
  KJ_DISALLOW_COPY(Slab);

  int fd() const { return fd_; }

  // At least `size` bytes; pointers of before are void. For the parent. Throws tilework::Error.
  std::byte* grow(std::size_t size);

  // Maps all that the parent has made by now; pointers of before are void. For the child. Throws
  // tilework::Error.
  void catch_up();
  // A part of what is mapped. Throws tilework::Error when it isn't inside.
  std::byte* range(std::size_t offset, std::size_t size) const;

 private:
  void map(std::size_t size);

  kj::AutoCloseFd fd_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tilework::host

// Memory that processes of one machine share, so that pixels needn't be copied through a socket: a sealed
// memfd, whose size is fixed. Whoever made a slab may write it, others as far as the descriptor allows that
// they were given.
//
// One thread at a time may call the methods; the memory itself may be used by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <kj/common.h>
#include <kj/io.h>

namespace tilework::host {

class Slab : public std::enable_shared_from_this<Slab> {
 public:
  // A new one, whose pages come when they are first written. Throws tilework::Error when the system gives
  // none.
  static std::shared_ptr<Slab> make(std::size_t size);
  // One that another process made. Throws tilework::Error for a descriptor of anything else.
  static std::shared_ptr<Slab> received(kj::AutoCloseFd fd);
  ~Slab();
  KJ_DISALLOW_COPY(Slab);

  // Tells the slabs of this process apart.
  std::uint64_t id() const { return id_; }
  std::size_t size() const { return size_; }

  // Mapped at the first call, between pages that nobody can use: whoever runs over its end is stopped. Throws
  // tilework::Error.
  std::byte* data();
  // Has its pages made together, once, if it may be written, and not one by one as they are touched. For what
  // is going to be filled, and was made by somebody trusted: its size is all taken.
  void populate();
  // Whether that may be written. After data().
  bool is_writable() const { return writable_; }
  // `rows` rows of `row_bytes`, `stride` from one to the next. Throws tilework::Error unless all lies inside.
  std::byte* rows(std::uint64_t offset, std::uint64_t stride, std::uint64_t rows, std::uint64_t row_bytes);

  // It won't be used again, nor emptied at its end: another process may still read it.
  void abandon() { abandoned_ = true; }
  bool is_abandoned() const { return abandoned_; }

  // For the other process: descriptors that allow what this one's does, or reading alone. A slab that was
  // received and mapped has none any more.
  int fd() const { return fd_; }
  kj::AutoCloseFd read_only_fd() const;

 private:
  Slab(kj::AutoCloseFd fd, std::size_t size, bool made_here);

  kj::AutoCloseFd fd_;
  std::uint64_t id_;
  std::size_t size_;
  bool made_here_;
  bool abandoned_ = false;
  bool writable_ = false;
  bool populated_ = false;
  std::byte* reserved_ = nullptr;  // the mapping with the pages around it
};

// Slabs for pixels of one kind, which are used again: fresh pages cost more than a cheap filter. The slabs
// come back when their last owner lets go, on whichever thread that is, also when the pool has gone.
class SlabPool {
 public:
  // What the next owner finds in a slab: what others have left there, or nothing but zeros.
  enum class Contents { any, none };

  // Keeps up to `idle_bytes`, and a few slabs, that nobody uses.
  explicit SlabPool(std::size_t idle_bytes, Contents contents = Contents::any);
  // Takes its slabs from another pool, which outlives it, and gives them back at its end. Before, nobody else
  // gets one: those that it doesn't keep are abandoned.
  SlabPool(std::size_t idle_bytes, SlabPool& from);

  // At least `size` bytes.
  std::shared_ptr<Slab> take(std::size_t size);

 private:
  struct Idle;
  std::shared_ptr<Idle> idle_;
  SlabPool* from_ = nullptr;
};

}  // namespace tilework::host

#include "server/host/memory/slab.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/system_error.h"

namespace tilework::host {
namespace {

constexpr std::size_t page = 4096;
constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr std::size_t most_idle = 16;  // slabs of one pool: each is a descriptor in several processes
constexpr std::size_t largest = std::size_t{1} << 32;

[[noreturn]] void fail(const char* doing) {
  throw Error(Fault::machine,
              std::string("shared memory can't be ") + doing + ": " + transport::words_of_error(errno));
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Slab::Slab(kj::AutoCloseFd fd, std::size_t size, bool made_here)
    : fd_(kj::mv(fd)), id_(next_id()), size_(size), made_here_(made_here) {}

std::shared_ptr<Slab> Slab::make(std::size_t size) {
  size = std::max(page, (size + page - 1) / page * page);
  kj::AutoCloseFd fd(::memfd_create("tilework-slab", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd.get() < 0) fail("made");
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) fail("made");
  // A process that could shrink it could end the others by SIGBUS.
  if (::fcntl(fd, F_ADD_SEALS, seals) != 0) fail("sealed");
  return std::shared_ptr<Slab>(new Slab(kj::mv(fd), size, true));
}

std::shared_ptr<Slab> Slab::received(kj::AutoCloseFd fd) {
  const int found = ::fcntl(fd, F_GET_SEALS);
  struct stat info {};
  if (found < 0 || (found & seals) != seals || ::fstat(fd, &info) != 0 || info.st_size <= 0 ||
      static_cast<std::size_t>(info.st_size) > largest) {
    throw Error(Fault::failed, "what was shared is no sealed memory");
  }
  return std::shared_ptr<Slab>(new Slab(kj::mv(fd), static_cast<std::size_t>(info.st_size), false));
}

Slab::~Slab() {
  if (reserved_ != nullptr) ::munmap(reserved_, size_ + 2 * page);
  // Others may have it mapped for a while: its pages go now.
  if (made_here_ && !abandoned_) {
    ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_));
  }
}

std::byte* Slab::data() {
  if (reserved_ != nullptr) return reserved_ + page;
  writable_ = (::fcntl(fd_, F_GETFL) & O_ACCMODE) == O_RDWR;
  void* around =
      ::mmap(nullptr, size_ + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (around == MAP_FAILED) fail("mapped");
  auto* begin = static_cast<std::byte*>(around);
  if (::mmap(begin + page, size_, writable_ ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED, fd_,
             0) == MAP_FAILED) {
    const int error = errno;
    ::munmap(around, size_ + 2 * page);
    errno = error;
    fail("mapped");
  }
  reserved_ = begin;
  if (!made_here_) fd_ = nullptr;  // there may be hundreds of them
  return reserved_ + page;
}

void Slab::populate() {
  std::byte* const begin = data();
  if (!writable_ || std::exchange(populated_, true)) return;
  ::madvise(begin, size_, MADV_POPULATE_WRITE);  // where that can't be done, they come as they are touched
}

std::byte* Slab::rows(std::uint64_t offset, std::uint64_t stride, std::uint64_t rows,
                      std::uint64_t row_bytes) {
  const bool fits = offset <= size_ && row_bytes > 0 && row_bytes <= stride && rows > 0 && stride <= size_ &&
                    (rows - 1) <= (size_ - offset) / stride &&
                    (rows - 1) * stride + row_bytes <= size_ - offset;
  if (!fits) throw Error(Fault::failed, "pixels lie outside the shared memory");
  return data() + offset;
}

kj::AutoCloseFd Slab::read_only_fd() const {
  const std::string path = "/proc/self/fd/" + std::to_string(fd_.get());
  kj::AutoCloseFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) fail("opened for reading");
  return fd;
}

struct SlabPool::Idle {
  std::mutex mutex;
  std::vector<std::shared_ptr<Slab>> slabs;  // the last was used last
  std::size_t bytes = 0;
  const std::size_t most;
  const Contents contents;
  const bool are_lent;  // by another pool

  Idle(std::size_t idle_bytes, Contents wanted, bool lent)
      : most(idle_bytes), contents(wanted), are_lent(lent) {}

  // Those that were idle for longest go first.
  void add(std::shared_ptr<Slab> slab) {
    if (contents == Contents::none) std::memset(slab->data(), 0, slab->size());
    std::vector<std::shared_ptr<Slab>> gone;  // ends when the lock is gone
    const std::lock_guard lock(mutex);
    bytes += slab->size();
    slabs.push_back(std::move(slab));
    while (bytes > most || slabs.size() > most_idle) {
      bytes -= slabs.front()->size();
      if (are_lent) slabs.front()->abandon();
      gone.push_back(std::move(slabs.front()));
      slabs.erase(slabs.begin());
    }
  }

  std::shared_ptr<Slab> take(std::size_t size) {
    const std::lock_guard lock(mutex);
    const auto found = std::find_if(slabs.rbegin(), slabs.rend(), [size](const auto& slab) {
      return slab->size() >= size && slab->size() / 2 <= size;
    });
    if (found == slabs.rend()) return nullptr;
    auto slab = std::move(*found);
    slabs.erase(std::next(found).base());
    bytes -= slab->size();
    return slab;
  }
};

SlabPool::SlabPool(std::size_t idle_bytes, Contents contents)
    : idle_(std::make_shared<Idle>(idle_bytes, contents, false)) {}

SlabPool::SlabPool(std::size_t idle_bytes, SlabPool& from)
    : idle_(std::make_shared<Idle>(idle_bytes, Contents::any, true)), from_(&from) {}

std::shared_ptr<Slab> SlabPool::take(std::size_t size) {
  // A slab for a little less serves the next image, too.
  const std::size_t step = std::max(page, std::bit_floor(std::max<std::size_t>(size, 1)) / 8);
  auto slab = idle_->take(size);
  size = (size + step - 1) / step * step;
  if (slab == nullptr) slab = from_ == nullptr ? Slab::make(size) : from_->take(size);
  Slab* pointer = slab.get();
  return {pointer, [slab = std::move(slab), pool = std::weak_ptr(idle_)](Slab*) mutable {
            const auto idle = pool.lock();
            if (idle != nullptr && !slab->is_abandoned()) idle->add(std::move(slab));
          }};
}

}  // namespace tilework::host

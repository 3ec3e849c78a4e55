#include "server/imageio/vips/file_source.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tilework::imageio {
namespace {

// What is seen of a file: pieces, one behind the other.
class Pieces {
 public:
  // Closes `fd` at its end.
  Pieces(int fd, const std::vector<FilePart>& left_out) : fd_(fd) {
    struct stat status {};
    const std::int64_t end = ::fstat(fd_, &status) == 0 ? status.st_size : 0;
    std::int64_t at = 0;
    for (const FilePart& part : left_out) {
      add(at, std::min(part.at, end));
      at = part.at + part.bytes;
    }
    add(at, end);
  }

  Pieces(const Pieces&) = delete;
  ~Pieces() { ::close(fd_); }

  gint64 read(void* data, gint64 length) {
    for (std::int64_t before = 0; const FilePart& piece : pieces_) {
      if (position_ < before + piece.bytes) {
        const std::int64_t within = position_ - before;
        return read_at(piece.at + within, data, std::min<std::int64_t>(length, piece.bytes - within));
      }
      before += piece.bytes;
    }
    return 0;
  }

  gint64 seek(gint64 offset, int whence) {
    const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position_ : size_;
    if (base + offset < 0) return -1;
    return position_ = base + offset;
  }

 private:
  void add(std::int64_t from, std::int64_t to) {
    if (from >= to) return;
    pieces_.push_back({from, to - from});
    size_ += to - from;
  }

  gint64 read_at(std::int64_t at, void* data, std::int64_t length) {
    ssize_t got = -1;
    do {
      got = ::pread(fd_, data, static_cast<std::size_t>(length), at);
    } while (got < 0 && errno == EINTR);
    if (got > 0) position_ += got;
    return got;
  }

  int fd_;
  std::vector<FilePart> pieces_;
  std::int64_t size_ = 0;
  std::int64_t position_ = 0;
};

gint64 on_read(VipsSourceCustom*, void* data, gint64 length, void* pieces) {
  return static_cast<Pieces*>(pieces)->read(data, length);
}

gint64 on_seek(VipsSourceCustom*, gint64 offset, int whence, void* pieces) {
  return static_cast<Pieces*>(pieces)->seek(offset, whence);
}

}  // namespace

Owned<VipsSource> source_of(int fd, const std::vector<FilePart>& left_out) {
  ::lseek(fd, 0, SEEK_SET);  // another reader may have been there
  if (left_out.empty()) return Owned<VipsSource>(vips_source_new_from_descriptor(fd));
  const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return nullptr;
  auto* pieces = new Pieces(own, left_out);  // until the source has gone
  VipsSourceCustom* source = vips_source_custom_new();
  g_object_set_data_full(G_OBJECT(source), "pieces", pieces,
                         [](void* gone) { delete static_cast<Pieces*>(gone); });
  g_signal_connect(source, "read", G_CALLBACK(on_read), pieces);
  g_signal_connect(source, "seek", G_CALLBACK(on_seek), pieces);
  return Owned<VipsSource>(VIPS_SOURCE(source));
}

}  // namespace tilework::imageio

#include "server/imageio/png/deflated.h"

#include <algorithm>
#include <memory>
#include <new>

#include <zlib.h>

namespace tilework::imageio {
namespace {

// zlib doesn't write to its input, but says so only if it is told to.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  if (compress(bytes_of(packed), &size, bytes_of(bytes), bytes.size()) != Z_OK) throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

std::optional<std::string> inflated(std::string_view packed, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, inflateEnd);
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  while (true) {
    // Grows with what comes, not with what is allowed.
    const std::size_t done = bytes.size();
    const std::size_t room = std::clamp<std::size_t>(done, 4096, std::size_t{1} << 20);
    bytes.resize(done + room);
    stream.next_out = bytes_of(bytes) + done;
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(done + room - stream.avail_out);
    if (bytes.size() > most) return std::nullopt;
    if (result == Z_STREAM_END) return bytes;
    if (result != Z_OK) return std::nullopt;
  }
}

}  // namespace tilework::imageio

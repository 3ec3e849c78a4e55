#include "server/imageio/png/png_chunk.h"

#include <algorithm>

#include <zlib.h>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/metadata/file_metadata.h"
#include "server/imageio/rows/read_at.h"

namespace tilework::imageio {
namespace {

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

bool is_type(std::string_view type) {
  return std::ranges::all_of(type, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

std::string png_chunk(std::string_view type, std::string_view body) {
  std::string chunk = big(static_cast<std::uint32_t>(body.size()), 4);
  chunk.append(type).append(body);
  return chunk + big(checksum(std::string_view(chunk).substr(4)), 4);
}

void for_each_png_chunk(int fd,
                        const std::function<void(std::string_view type, std::string_view body)>& take) {
  std::size_t taken = 0;
  int read = 0, skipped = 0;
  for (std::int64_t at = 8; read < most_metadata_chunks && skipped < most_skipped_chunks;) {
    const std::string head = read_at(fd, 8, at);
    const std::size_t length = big_at(head, 0, 4);
    if (head.size() < 8 || !is_type(std::string_view(head).substr(4)) || head.ends_with("IEND")) return;
    const bool is_pixels = head.ends_with("IDAT") || head.ends_with("fdAT") || head.ends_with("fcTL");
    if (is_pixels || length > largest_chunk || taken + length > most_metadata) {
      ++skipped;
      if (is_pixels) take(std::string_view(head).substr(4), {});
    } else {
      ++read;
      taken += length;
      const std::string rest = read_at(fd, length + 8, at + 4);  // type, body, checksum
      if (rest.size() < length + 8) return;
      const std::string_view summed = std::string_view(rest).substr(0, length + 4);
      if (checksum(summed) == big_at(rest, length + 4, 4)) take(summed.substr(0, 4), summed.substr(4));
    }
    at += 12 + static_cast<std::int64_t>(length);
  }
}

}  // namespace tilework::imageio

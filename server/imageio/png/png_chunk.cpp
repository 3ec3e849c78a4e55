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

bool is_of_frames(std::string_view type) {
  return type == "IDAT" || type == "fdAT" || type == "fcTL";
}

}  // namespace

std::string png_chunk(std::string_view type, std::string_view body) {
  std::string chunk = big(static_cast<std::uint32_t>(body.size()), 4);
  chunk.append(type).append(body);
  return chunk + big(checksum(std::string_view(chunk).substr(4)), 4);
}

std::optional<PngSize> png_size(int fd) {
  const std::string start = read_at(fd, png_start, 0);
  if (start.size() < png_start || start.substr(12, 4) != "IHDR") return std::nullopt;
  return PngSize{big_at(start, 16, 4), big_at(start, 20, 4)};
}

void for_each_png_chunk(int fd, const std::function<void(const PngChunk&)>& take) {
  std::size_t taken = 0;
  int read = 0, skipped = 0;
  for (std::int64_t at = 8; skipped < most_skipped_chunks;) {
    const std::string head = read_at(fd, 8, at);
    const std::size_t length = big_at(head, 0, 4);
    if (head.size() < 8 || !is_type(std::string_view(head).substr(4)) || head.ends_with("IEND")) return;
    PngChunk chunk{std::string_view(head).substr(4), at, length, std::nullopt};
    if (is_of_frames(chunk.type) || length > largest_chunk || taken + length > most_metadata ||
        read == most_metadata_chunks) {
      ++skipped;
      take(chunk);
    } else {
      ++read;
      taken += length;
      const std::string rest = read_at(fd, length + 8, at + 4);  // type, body, checksum
      if (rest.size() < length + 8) return;
      const std::string_view summed = std::string_view(rest).substr(0, length + 4);
      chunk.body = summed.substr(4);
      if (checksum(summed) == big_at(rest, length + 4, 4)) take(chunk);
    }
    at += 12 + static_cast<std::int64_t>(length);
  }
}

}  // namespace tilework::imageio

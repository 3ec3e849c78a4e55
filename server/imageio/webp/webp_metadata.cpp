#include "server/imageio/webp/webp_metadata.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <webp/mux.h>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/metadata/exif.h"
#include "server/imageio/metadata/exif_block.h"
#include "server/imageio/rows/read_at.h"

namespace tilework::imageio {
namespace {

void take_chunk(std::string_view type, std::string body, Metadata& metadata) {
  if (type == "ICCP") metadata.icc = std::move(body);
  if (type == "XMP ") metadata.xmp = std::move(body);
  if (type == "EXIF") metadata.exif = exif_block(std::move(body));
}

// Instead of libvips's: it writes EXIF even if it is told not to.
bool set(WebPMux* mux, const char* type, const std::string& body) {
  WebPMuxDeleteChunk(mux, type);
  if (body.empty()) return true;
  const WebPData data{reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
  return WebPMuxSetChunk(mux, type, &data, 1) == WEBP_MUX_OK;
}

}  // namespace

FileMetadata read_webp_metadata(int fd) {
  FileMetadata file;
  file.storage.format = "webp";
  std::size_t taken = 0;
  std::uint64_t left_out = 0;  // bytes
  std::int64_t at = 12;
  for (int chunks = 0; chunks < most_metadata_chunks; ++chunks) {
    const std::string head = read_at(fd, 8, at);
    if (head.size() < 8) break;
    const std::string_view type = std::string_view(head).substr(0, 4);
    const std::size_t length = little_at(head, 4, 4);
    if (type == "VP8L") file.storage.lossless = true;
    const bool is_wanted = type == "ICCP" || type == "EXIF" || type == "XMP ";
    if (is_wanted && (length > largest_chunk || taken + length > most_metadata)) {
      left_out += length;
    } else if (is_wanted) {
      taken += length;
      std::string body = read_at(fd, length, at + 8);
      if (body.size() == length) take_chunk(type, std::move(body), file.metadata);
    }
    at += 8 + static_cast<std::int64_t>(length + length % 2);
  }
  if (left_out > 0) file.notes.push_back(too_large(left_out));
  settle_resolution(file.metadata, true);
  return file;
}

std::optional<std::string> webp_with(const std::string& file, const Metadata& metadata) {
  std::string exif = metadata.exif;
  if (metadata.resolution && !resolution_of(exif)) exif = with_resolution(exif, *metadata.resolution);
  const WebPData from{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  const std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxCreate(&from, 0), WebPMuxDelete);
  if (mux == nullptr || !set(mux.get(), "ICCP", metadata.icc) || !set(mux.get(), "EXIF", exif) ||
      !set(mux.get(), "XMP ", metadata.xmp)) {
    return std::nullopt;
  }
  WebPData assembled{};
  const bool is_done = WebPMuxAssemble(mux.get(), &assembled) == WEBP_MUX_OK;
  const std::unique_ptr<WebPData, decltype(&WebPDataClear)> owner(&assembled, WebPDataClear);
  if (!is_done) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(assembled.bytes), assembled.size);
}

}  // namespace tilework::imageio

#include "server/imageio/webp/webp_metadata.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <webp/mux.h>

#include "server/imageio/metadata/byte_order.h"
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

// One of whole numbers where it is one, else of ten thousandths.
std::string rational(double value) {
  const std::uint32_t below = value == std::floor(value) || value > 400'000 ? 1 : 10'000;
  return little(static_cast<std::uint32_t>(std::lround(std::clamp(value * below, 0.0, 4'294'967'295.0))), 4) +
         little(below, 4);
}

}  // namespace

FileMetadata read_webp_metadata(int fd) {
  FileMetadata file;
  file.storage.format = "webp";
  std::size_t taken = 0;
  std::int64_t at = 12;
  for (int chunks = 0; chunks < most_metadata_chunks; ++chunks) {
    const std::string head = read_at(fd, 8, at);
    if (head.size() < 8) break;
    const std::string_view type = std::string_view(head).substr(0, 4);
    const std::size_t length = little_at(head, 4, 4);
    if (type == "VP8L") file.storage.lossless = true;
    const bool is_wanted = type == "ICCP" || type == "EXIF" || type == "XMP ";
    if (is_wanted && length <= largest_chunk && taken + length <= most_metadata) {
      taken += length;
      std::string body = read_at(fd, length, at + 8);
      if (body.size() == length) take_chunk(type, std::move(body), file.metadata);
    }
    at += 8 + static_cast<std::int64_t>(length + length % 2);
  }
  return file;
}

std::optional<std::string> webp_with(const std::string& file, const Metadata& metadata) {
  std::string exif = metadata.exif;
  if (metadata.resolution) exif = exif_with_resolution(std::move(exif), *metadata.resolution);
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

std::string exif_with_resolution(std::string exif, const Resolution& resolution) {
  constexpr std::uint32_t x_resolution = 282, y_resolution = 283, resolution_unit = 296;
  constexpr std::uint32_t u16 = 3, ratio = 5;  // types of fields (TIFF 6.0, section 2)
  const bool is_known = resolution.unit != Resolution::Unit::none;
  if (!exif.empty() || (!is_known && resolution.x == resolution.y)) return exif;
  if (!(resolution.x > 0 && resolution.y > 0)) return exif;
  const std::uint32_t unit = !is_known ? 1 : resolution.unit == Resolution::Unit::inch ? 2 : 3;
  const std::uint32_t values_at = 8 + 2 + 3 * 12 + 4;
  const auto field = [](std::uint32_t tag, std::uint32_t type, std::uint32_t value) {
    return little(tag, 2) + little(type, 2) + little(1, 4) + little(value, 4);
  };
  return std::string("II*\0", 4) + little(8, 4) + little(3, 2) + field(x_resolution, ratio, values_at) +
         field(y_resolution, ratio, values_at + 8) + field(resolution_unit, u16, unit) + little(0, 4) +
         rational(resolution.x) + rational(resolution.y);
}

}  // namespace tilework::imageio

#include "server/imageio/tiff/tiff_pieces.h"

#include <algorithm>

namespace tilework::imageio {
namespace {

constexpr std::int64_t large_strip = 8 << 20;   // bytes
constexpr std::int64_t enough_bytes = 4 << 20;  // to be decoded at once
constexpr std::int64_t most_strips = 4;         // at once, if they aren't small

bool needs_whole_pieces(const TiffFields& fields, const TiffKind& kind) {
  return kind.way == TiffKind::Way::by_pieces || fields.compression == COMPRESSION_LERC ||
         fields.compression == COMPRESSION_WEBP || fields.compression == COMPRESSION_OJPEG;
}

std::int64_t row_bytes(const TiffFields& fields, const TiffKind& kind) {
  return std::int64_t{fields.size.width} * kind.format.bytes();
}

}  // namespace

TiffPieces::TiffPieces(const TiffFields& fields, const TiffKind& kind)
    : planes(fields.apart && kind.way == TiffKind::Way::samples ? fields.samples : 1),
      piece(fields.piece),
      samples(planes > 1 ? 1 : fields.samples),
      line((std::int64_t{piece.width} * samples * fields.bits + 7) / 8),
      rows_at_once(std::min(piece.height, fields.size.height)) {
  if (fields.is_tiled) return;
  if (bytes() > large_strip && !needs_whole_pieces(fields, kind)) {
    streamed = true;
    rows_at_once = static_cast<int>(std::clamp<std::int64_t>(enough_bytes / 4 / line, 1, piece.height));
  } else {
    const std::int64_t height = std::max(piece.height, 1);
    const std::int64_t strips =
        bytes() > large_strip ? 1 : std::max(most_strips, enough_bytes / std::max<std::int64_t>(bytes(), 1));
    rows_at_once = static_cast<int>(std::min<std::int64_t>(strips * height, fields.size.height));
  }
}

std::vector<TiffPiece> TiffPieces::of_rows(int top, int rows, cv::Size picture) const {
  std::vector<TiffPiece> list;
  for (int plane = 0; plane < planes; ++plane) {
    for (std::int64_t y = top; y < top + rows; y += piece.height) {
      for (std::int64_t x = 0; x < picture.width; x += piece.width) {
        const cv::Point at(static_cast<int>(x), static_cast<int>(y));
        const cv::Size size(std::min(piece.width, picture.width - at.x),
                            std::min(piece.height, top + rows - at.y));
        list.push_back({{at, size}, plane});
      }
    }
  }
  return list;
}

std::int64_t held_bytes(const TiffFields& fields, const TiffKind& kind, std::uint64_t stored_bytes) {
  const TiffPieces pieces(fields, kind);
  const auto stored = static_cast<std::int64_t>(std::min<std::uint64_t>(stored_bytes, INT64_MAX / 16));
  if (pieces.streamed) return pieces.planes * stored;
  const bool is_streamable = !fields.is_tiled && pieces.planes == 1 && !fields.apart &&
                             (pieces.bytes() <= large_strip && !needs_whole_pieces(fields, kind));
  if (is_streamable) return 0;
  // The rows, and the pieces that are being decoded: seldom more than the rows again.
  const std::int64_t rows = row_bytes(fields, kind) * std::min(pieces.piece.height, fields.size.height);
  const cv::Size seen(std::min(fields.piece.width, fields.size.width),
                      std::min(fields.piece.height, fields.size.height));
  const std::int64_t raster =
      kind.way == TiffKind::Way::by_pieces ? std::int64_t{4} * seen.width * seen.height : 0;
  return rows + raster + std::max(rows, pieces.bytes() * (needs_whole_pieces(fields, kind) ? 2 : 1));
}

}  // namespace tilework::imageio

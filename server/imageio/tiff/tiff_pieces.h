// How a TIFF file's picture is cut: into strips or tiles, of all samples together or of a plane each; how
// many rows of it are decoded at a time, and what memory that takes. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/tiff/tiff_fields.h"
#include "server/imageio/tiff/tiff_kind.h"

namespace tilework::imageio {

// One that is decoded by itself.
struct TiffPiece {
  cv::Rect place;  // as far as it lies in the picture
  int plane = 0;   // 0 where all samples lie together
};

struct TiffPieces {
  TiffPieces(const TiffFields& fields, const TiffKind& kind);

  int planes = 1;
  cv::Size piece;
  int samples = 1;        // that lie together
  std::int64_t line = 0;  // bytes of a piece's row as libtiff decodes it
  int rows_at_once = 0;   // which are whole rows of pieces, unless rows are streamed
  // Strips so large that they are decoded row by row, from top to bottom.
  bool streamed = false;

  std::int64_t bytes() const { return line * piece.height; }
  // Those of the rows from `top` on.
  std::vector<TiffPiece> of_rows(int top, int rows, cv::Size picture) const;
};

// The memory that reading takes at a time, in bytes; 0 for strips that can be streamed, which take little.
// `stored_bytes` is the length of the longest piece in the file.
std::int64_t held_bytes(const TiffFields& fields, const TiffKind& kind, std::uint64_t stored_bytes);

}  // namespace tilework::imageio

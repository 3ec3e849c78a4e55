// Decodes pieces of a TIFF file's picture. One thread; any number on one file side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/tiff/tiff_handle.h"
#include "server/imageio/tiff/tiff_kind.h"
#include "server/imageio/tiff/tiff_pieces.h"

namespace tilework::imageio {

class TiffDecoder {
 public:
  // The descriptor is duplicated. What `fields` and `kind` say was read from `directory`.
  TiffDecoder(int fd, std::uint64_t directory, const TiffFields& fields, const TiffKind& kind,
              std::int64_t most_bytes);

  // False if the file isn't what it was, or isn't cut as it says.
  bool is_fit() const { return is_fit_; }
  // Decodes a piece into `to`, which is as large as its place and holds all channels in BGR order: into that
  // of its plane, or into all. False if the piece is damaged.
  bool decode(const TiffPiece& piece, cv::Mat to);
  // The same for rows of a plane of a streamed picture, each after the one before. `top` is theirs in the
  // picture.
  bool decode_rows(int top, int plane, cv::Mat to);

 private:
  // A strip or tile.
  struct Stored {
    std::uint32_t index = 0;
    bool is_there = false;
    bool is_sparse = false;  // left out on purpose, since it holds nothing, as GDAL does
  };
  Stored stored_at(cv::Point at, int plane);
  // Whether the file says something of a piece, if only that it isn't there: the library makes up zeros for
  // those that are missing in a list that is too short.
  bool is_listed(std::uint32_t index);
  // Makes pixels those of a piece that was left out.
  void fill(int plane, cv::Mat to) const;
  bool decode_by_pieces(const cv::Rect& place, cv::Mat& to);
  void put(const std::uint8_t* packed, int plane, cv::Mat to);
  void put_samples(cv::Mat rows, int plane, cv::Mat& to) const;

  TiffFields fields_;
  TiffKind kind_;
  TiffPieces pieces_;
  TiffHandle handle_;
  bool is_fit_ = false;
  std::optional<std::uint64_t> listed_;  // pieces; as soon as one was asked for
  std::vector<std::uint8_t> packed_;
  cv::Mat raster_;
  cv::Mat row_;
};

}  // namespace tilework::imageio

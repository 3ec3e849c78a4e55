#include "server/imageio/tiff/tiff_decoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace tilework::imageio {
namespace {

using Way = TiffKind::Way;

// The place of a plane among our channels, which are in BGR order.
int channel_of(int plane, int channels) {
  return channels >= 3 && plane < 3 ? 2 - plane : plane;
}

void copy_first_channels(const cv::Mat& from, cv::Mat& to) {
  if (from.channels() == to.channels()) return from.copyTo(to);
  std::vector<int> pairs;
  for (int c = 0; c < to.channels(); ++c) pairs.insert(pairs.end(), {c, c});
  cv::mixChannels(std::vector<cv::Mat>{from}, std::vector<cv::Mat>{to}, pairs);
}

// As many as the file itself says something of; all where the library cuts its only strip into smaller ones.
std::uint64_t listed_pieces(const TiffHandle& handle, const TiffFields& fields) {
  const std::set<std::uint16_t> lists =
      fields.is_tiled ? std::set<std::uint16_t>{TIFFTAG_TILEOFFSETS, TIFFTAG_TILEBYTECOUNTS}
                      : std::set<std::uint16_t>{TIFFTAG_STRIPOFFSETS, TIFFTAG_STRIPBYTECOUNTS};
  const std::uint64_t directory = TIFFCurrentDirOffset(handle.get());
  const Directory found = handle.fields(directory, lists);
  if (found.fields.size() != lists.size()) return 0;
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t listed = all;
  for (const auto& [tag, list] : found.fields) listed = std::min(listed, list.count);
  if (fields.is_tiled || fields.apart || listed != 1) return listed;
  const auto rows = handle.fields(directory, {TIFFTAG_ROWSPERSTRIP}).number(TIFFTAG_ROWSPERSTRIP);
  return !rows || *rows >= fields.size.height ? all : listed;
}

}  // namespace

TiffDecoder::TiffDecoder(int fd, std::uint64_t directory, const TiffFields& fields, const TiffKind& kind,
                         std::int64_t most_bytes)
    : fields_(fields), kind_(kind), pieces_(fields, kind), handle_(fd, most_bytes) {
  if (!handle_.is_open() || !handle_.go_to(directory)) return;
  TIFF* tiff = handle_.get();
  if (kind_.way == Way::as_rgb) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (kind_.way == Way::by_pieces) {
    std::array<char, 1024> why{};  // in the library's words
    TIFFRGBAImage image;
    is_fit_ = TIFFRGBAImageBegin(&image, tiff, 1, why.data()) == 1;
    if (is_fit_) TIFFRGBAImageEnd(&image);
    return;
  }
  const auto line = fields_.is_tiled ? TIFFTileRowSize64(tiff) : TIFFScanlineSize64(tiff);
  is_fit_ = line == static_cast<std::uint64_t>(pieces_.line);
}

// libtiff itself would read a piece that isn't there from the file's beginning.
TiffDecoder::Stored TiffDecoder::stored_at(cv::Point at, int plane) {
  TIFF* tiff = handle_.get();
  const auto sample = static_cast<std::uint16_t>(plane);
  const auto y = static_cast<std::uint32_t>(at.y);
  const std::uint32_t index = fields_.is_tiled
                                  ? TIFFComputeTile(tiff, static_cast<std::uint32_t>(at.x), y, 0, sample)
                                  : TIFFComputeStrip(tiff, y, sample);
  const std::uint64_t offset = TIFFGetStrileOffset(tiff, index), bytes = TIFFGetStrileByteCount(tiff, index);
  return {index, offset != 0 && bytes != 0, offset == 0 && bytes == 0 && is_listed(index)};
}

bool TiffDecoder::is_listed(std::uint32_t index) {
  if (!listed_) listed_ = listed_pieces(handle_, fields_);
  return index < *listed_;
}

bool TiffDecoder::decode(const TiffPiece& piece, cv::Mat to) {
  const Stored stored = stored_at(piece.place.tl(), piece.plane);
  if (kind_.way == Way::by_pieces) {
    for (int plane = 1; fields_.apart && plane < fields_.samples; ++plane) {
      if (stored_at(piece.place.tl(), plane).is_there != stored.is_there) return false;
    }
  }
  if (stored.is_sparse) fill(piece.plane, to);
  if (!stored.is_there) return stored.is_sparse;
  if (kind_.way == Way::by_pieces) return decode_by_pieces(piece.place, to);
  const auto rows = static_cast<std::size_t>(fields_.is_tiled ? pieces_.piece.height : piece.place.height);
  const std::size_t bytes = rows * static_cast<std::size_t>(pieces_.line);
  if (packed_.size() < bytes) packed_.resize(bytes);
  const auto size = static_cast<tmsize_t>(bytes);
  const tmsize_t got = fields_.is_tiled
                           ? TIFFReadEncodedTile(handle_.get(), stored.index, packed_.data(), size)
                           : TIFFReadEncodedStrip(handle_.get(), stored.index, packed_.data(), size);
  if (got != size) return false;
  put(packed_.data(), piece.plane, to);
  return true;
}

bool TiffDecoder::decode_rows(int top, int plane, cv::Mat to) {
  packed_.resize(static_cast<std::size_t>(pieces_.line));
  for (int y = 0; y < to.rows; ++y) {
    const Stored stored = stored_at({0, top + y}, plane);
    if (stored.is_sparse) {
      fill(plane, to.row(y));
      continue;
    }
    if (!stored.is_there ||
        TIFFReadScanline(handle_.get(), packed_.data(), static_cast<std::uint32_t>(top + y),
                         static_cast<std::uint16_t>(plane)) != 1) {
      return false;
    }
    put(packed_.data(), plane, to.row(y));
  }
  return true;
}

// Each sample is GDAL's value for nothing, if it can have that, or 0.
void TiffDecoder::fill(int plane, cv::Mat to) const {
  const double nodata = fields_.nodata.value_or(0);
  if (!kind_.palette.empty()) {
    const int index = nodata >= 0 && nodata < kind_.palette.cols ? static_cast<int>(nodata) : 0;
    for (int y = 0; y < to.rows; ++y) {
      for (int x = 0; x < to.cols; ++x) std::copy_n(kind_.palette.ptr(0, index), to.elemSize(), to.ptr(y, x));
    }
    return;
  }
  // libtiff's RGB of YCbCr has no sample of the file.
  const double value = kind_.way == Way::samples ? unpacked(nodata, kind_.samples).value_or(0) : 0;
  cv::Mat rows(to.size(), CV_MAKETYPE(to.depth(), pieces_.planes > 1 ? 1 : to.channels()),
               cv::Scalar::all(value));
  put_samples(rows, plane, to);
}

bool TiffDecoder::decode_by_pieces(const cv::Rect& place, cv::Mat& to) {
  std::array<char, 1024> why{};
  TIFFRGBAImage image;
  if (TIFFRGBAImageBegin(&image, handle_.get(), 1, why.data()) != 1) return false;
  image.req_orientation = image.orientation;  // as it is stored, from top to bottom
  image.row_offset = place.y;
  image.col_offset = place.x;
  raster_.create(place.size(), CV_8UC4);
  const bool is_sound =
      TIFFRGBAImageGet(&image, raster_.ptr<std::uint32_t>(), static_cast<std::uint32_t>(place.width),
                       static_cast<std::uint32_t>(place.height)) == 1;
  TIFFRGBAImageEnd(&image);
  if (is_sound) cv::cvtColor(raster_, to, cv::COLOR_RGBA2BGR);
  return is_sound;
}

void TiffDecoder::put(const std::uint8_t* packed, int plane, cv::Mat to) {
  const int samples = pieces_.samples;
  const int depth = kind_.palette.empty() ? to.depth() : CV_16U;
  if (kind_.palette.empty() && is_ours(kind_.samples)) {
    const cv::Mat view(to.rows, to.cols, CV_MAKETYPE(depth, samples), const_cast<std::uint8_t*>(packed),
                       static_cast<std::size_t>(pieces_.line));
    put_samples(view, plane, to);
    return;
  }
  row_.create(1, to.cols * samples, depth);
  for (int y = 0; y < to.rows; ++y, packed += pieces_.line) {
    cv::Mat line = to.row(y);
    if (kind_.palette.empty()) {
      unpack(packed, kind_.samples, row_);
    } else {
      unpack_indices(packed, fields_.bits, row_);
    }
    put_samples(row_.reshape(samples), plane, line);
  }
}

void TiffDecoder::put_samples(cv::Mat rows, int plane, cv::Mat& to) const {
  if (!kind_.palette.empty()) {
    for (int x = 0; x < to.cols; ++x) {
      const auto* colour = kind_.palette.ptr(0, rows.at<std::uint16_t>(x));
      std::copy_n(colour, to.elemSize(), to.ptr(0, x));
    }
  } else if (pieces_.planes > 1) {
    if (plane == to.channels()) return;  // the channel that is left out
    cv::insertChannel(rows, to, kind_.raw ? plane : channel_of(plane, to.channels()));
  } else if (to.channels() >= 3 && !kind_.raw) {
    const bool is_wider = rows.channels() > to.channels();
    cv::cvtColor(rows, to,
                 to.channels() == 4 ? cv::COLOR_RGBA2BGRA
                 : is_wider         ? cv::COLOR_RGBA2BGR
                                    : cv::COLOR_RGB2BGR);
  } else {
    copy_first_channels(rows, to);
  }
}

}  // namespace tilework::imageio

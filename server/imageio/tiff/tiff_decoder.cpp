#include "server/imageio/tiff/tiff_decoder.h"

#include <algorithm>
#include <array>
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
std::optional<std::uint32_t> TiffDecoder::stored_index(cv::Point at, int plane) {
  TIFF* tiff = handle_.get();
  const auto sample = static_cast<std::uint16_t>(plane);
  const auto y = static_cast<std::uint32_t>(at.y);
  const std::uint32_t index = fields_.is_tiled
                                  ? TIFFComputeTile(tiff, static_cast<std::uint32_t>(at.x), y, 0, sample)
                                  : TIFFComputeStrip(tiff, y, sample);
  const bool is_stored = TIFFGetStrileOffset(tiff, index) != 0 && TIFFGetStrileByteCount(tiff, index) != 0;
  return is_stored ? std::optional(index) : std::nullopt;
}

bool TiffDecoder::decode(const TiffPiece& piece, cv::Mat to) {
  const auto index = stored_index(piece.place.tl(), piece.plane);
  if (!index) return false;
  if (kind_.way == Way::by_pieces) {
    for (int plane = 1; fields_.apart && plane < fields_.samples; ++plane) {
      if (!stored_index(piece.place.tl(), plane)) return false;
    }
    return decode_by_pieces(piece.place, to);
  }
  const auto rows = static_cast<std::size_t>(fields_.is_tiled ? pieces_.piece.height : piece.place.height);
  const std::size_t bytes = rows * static_cast<std::size_t>(pieces_.line);
  if (packed_.size() < bytes) packed_.resize(bytes);
  const auto size = static_cast<tmsize_t>(bytes);
  const tmsize_t got = fields_.is_tiled ? TIFFReadEncodedTile(handle_.get(), *index, packed_.data(), size)
                                        : TIFFReadEncodedStrip(handle_.get(), *index, packed_.data(), size);
  if (got != size) return false;
  put(packed_.data(), piece.plane, to);
  return true;
}

bool TiffDecoder::decode_rows(int top, int plane, cv::Mat to) {
  packed_.resize(static_cast<std::size_t>(pieces_.line));
  for (int y = 0; y < to.rows; ++y) {
    if (!stored_index({0, top + y}, plane)) return false;
    if (TIFFReadScanline(handle_.get(), packed_.data(), static_cast<std::uint32_t>(top + y),
                         static_cast<std::uint16_t>(plane)) != 1) {
      return false;
    }
    put(packed_.data(), plane, to.row(y));
  }
  return true;
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

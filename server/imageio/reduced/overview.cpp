#include "server/imageio/reduced/overview.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "server/engine/geometry.h"
#include "server/imageio/colour/converted_reader.h"
#include "server/imageio/jpeg/jpeg_metadata.h"
#include "server/imageio/rows/opened_file.h"
#include "server/imageio/rows/turned_reader.h"
#include "server/imageio/tiff/tiff_opening.h"
#include "server/imageio/vips/vips_reader.h"

namespace tilework::imageio {
namespace {

// Of a reduction, which may be stored in one piece that is decoded at once. A slide's smallest are far below.
constexpr int most_pixels = 16 << 20;

// But for a pixel that was lost by rounding.
bool covers(cv::Size size, cv::Size wanted) {
  return !size.empty() && size.width + 1 >= wanted.width && size.height + 1 >= wanted.height;
}

// A smaller picture in the file, with the orientation that it needs.
struct Found {
  std::unique_ptr<RowReader> reader;
  cv::Size size;  // as it is stored
  PixelFormat format;
  int orientation = 1;
};

// libjpeg leaves out the finer coefficients. A progressive file has to be held as a whole all the same.
std::optional<Found> find_in_jpeg(int fd, const std::string& name, cv::Size wanted) {
  const VipsReader header(fd, "jpeg", name);
  if (header.held_bytes() > 0) return std::nullopt;
  wanted = turned_size(wanted, header.orientation());  // to and fro are the same for sizes
  const cv::Size stored = header.stored_size();
  for (const int shrink : {8, 4, 2}) {
    const cv::Size size{stored.width / shrink, stored.height / shrink};  // as libvips cuts it
    if (!covers(size, wanted)) continue;
    auto reader = std::make_unique<VipsReader>(fd, "jpeg", name, shrink);
    if (reader->stored_size() != size) return std::nullopt;
    const PixelFormat format = reader->settle_format();
    std::vector<std::string> notes;
    const auto raw = reader->raw_colours();
    const std::string profile = raw ? read_jpeg_metadata(fd, notes).icc : std::string();
    return Found{converted(std::move(reader), raw, profile, notes), size, format, header.orientation()};
  }
  return std::nullopt;
}

std::optional<Found> find_in_tiff(int fd, const std::string& name, cv::Size wanted) {
  const TiffOpening whole = open_tiff(fd, name, Limits{});
  const int orientation = whole.opening.orientation;
  wanted = turned_size(wanted, orientation);
  std::optional<TiffPage> smallest;
  for (const auto& reduction : whole.reductions) {
    if (covers(reduction.size, wanted)) smallest = reduction;
  }
  if (!smallest || engine::area(smallest->size) > most_pixels) return std::nullopt;
  Opening small = open_tiff_page(fd, name, Limits{}, *smallest);
  return Found{std::move(small.reader), small.stored, small.format, orientation};
}

// Reads all, in little memory, by whole numbers of pixels at first.
cv::Mat reduced(RowReader& reader, cv::Size from, int type, cv::Size to) {
  const int step = std::max(1, std::min(from.width / to.width, from.height / to.height));  // pixels
  cv::Mat rough((from.height + step - 1) / step, (from.width + step - 1) / step, type);
  cv::Mat rows(step, from.width, type);
  for (int y = 0; y < rough.rows; ++y) {
    cv::Mat part = rows.rowRange(0, std::min(step, from.height - y * step));
    reader.read(part);
    cv::resize(part, rough.row(y), {rough.cols, 1}, 0, 0, cv::INTER_AREA);
  }
  cv::Mat out;
  cv::resize(rough, out, to, 0, 0, cv::INTER_AREA);
  return out;
}

}  // namespace

cv::Mat overview(const std::string& path, const std::string& name, const Info& info, cv::Size size) {
  const std::string& format = info.file_format;
  if (format != "jpeg" && format != "tiff") return {};
  const OpenedFile file(path, name);
  auto found = format == "jpeg" ? find_in_jpeg(file.fd(), name, size) : find_in_tiff(file.fd(), name, size);
  if (!found || found->format != info.format) return {};
  std::unique_ptr<RowReader> reader = std::move(found->reader);
  if (found->orientation > 1) {
    reader = std::make_unique<TurnedReader>(std::move(reader), found->size, info.format, found->orientation);
  }
  return reduced(*reader, turned_size(found->size, found->orientation), info.format.cv_type(), size);
}

}  // namespace tilework::imageio

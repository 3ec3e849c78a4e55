#include "server/imageio/reduced/overview.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "server/engine/geometry.h"
#include "server/imageio/colour/converted_reader.h"
#include "server/imageio/metadata/vips_metadata.h"
#include "server/imageio/rows/opened_file.h"
#include "server/imageio/rows/turned_reader.h"
#include "server/imageio/tiff/tiff_reductions.h"
#include "server/imageio/vips/vips_reader.h"

namespace tilework::imageio {
namespace {

// Of a reduction, which may be stored in one piece that is decoded at once. A slide's smallest are far below.
constexpr int most_pixels = 16 << 20;

// But for a pixel that was lost by rounding.
bool covers(cv::Size size, cv::Size wanted) {
  return !size.empty() && size.width + 1 >= wanted.width && size.height + 1 >= wanted.height;
}

// libjpeg leaves out the finer coefficients. A progressive file has to be held as a whole all the same.
std::optional<StoredReduction> find_in_jpeg(int fd, const VipsReader& header, cv::Size wanted) {
  if (header.held_bytes(fd) > 0) return std::nullopt;
  const cv::Size stored = header.stored_size();
  for (const int shrink : {8, 4, 2}) {
    const cv::Size size{stored.width / shrink, stored.height / shrink};  // as libvips cuts it
    if (covers(size, wanted)) return StoredReduction{{.shrink = shrink}, size};
  }
  return std::nullopt;
}

std::optional<StoredReduction> find_in_tiff(int fd, const VipsReader& header, const std::string& name,
                                            cv::Size wanted) {
  std::optional<StoredReduction> smallest;
  for (const auto& reduction : tiff_reductions(fd, header, name)) {
    if (covers(reduction.size, wanted)) smallest = reduction;
  }
  return smallest && engine::area(smallest->size) <= most_pixels ? smallest : std::nullopt;
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
  std::optional<StoredReduction> found;
  int orientation = 1;
  {
    const VipsReader header(file.fd(), format, name);
    orientation = header.orientation();
    const cv::Size wanted = turned_size(size, orientation);  // to and fro are the same for sizes
    found = format == "jpeg" ? find_in_jpeg(file.fd(), header, wanted)
                             : find_in_tiff(file.fd(), header, name, wanted);
  }
  if (!found) return {};
  auto small = std::make_unique<VipsReader>(file.fd(), format, name, found->where);
  if (small->stored_size() != found->size) return {};
  std::vector<std::string> notes;
  if (small->settle_format(notes) != info.format) return {};
  const auto raw = small->raw_colours();
  const std::string profile = metadata_of(small->header()).icc;
  std::unique_ptr<RowReader> reader = std::move(small);
  if (raw) reader = std::make_unique<ConvertedReader>(std::move(reader), *raw, profile, notes);
  if (orientation > 1) {
    reader = std::make_unique<TurnedReader>(std::move(reader), found->size, info.format, orientation);
  }
  return reduced(*reader, turned_size(found->size, orientation), info.format.cv_type(), size);
}

}  // namespace tilework::imageio

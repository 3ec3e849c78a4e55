#include "server/imageio/reduced/pyramid.h"

#include <algorithm>

#include "server/imageio/reduced/halving.h"

namespace tilework::imageio {
namespace {

constexpr int smallest = 256;  // pixels a side, of the last level

cv::Size half_of(cv::Size size) {
  return {(size.width + 1) / 2, (size.height + 1) / 2};
}

}  // namespace

Pyramid::Pyramid(cv::Size size, PixelFormat format) : format_(format) {
  std::int64_t offset = 0;
  while (true) {
    auto& level = levels_.emplace_back();
    level.size = size;
    level.offset = offset;
    offset += bytes_of_row(level) * size.height;
    if (std::max(size.width, size.height) <= smallest) break;
    size = half_of(size);
  }
}

void Pyramid::add(const cv::Mat& rows) {
  add(0, rows);
}

void Pyramid::add(std::size_t index, const cv::Mat& rows) {
  Level& level = levels_[index];
  const int top = level.rows.load(std::memory_order_relaxed);
  const std::int64_t row_bytes = bytes_of_row(level);
  const cv::Mat packed = rows.isContinuous() ? rows : rows.clone();
  file_.write(packed.data, static_cast<std::size_t>(row_bytes) * static_cast<std::size_t>(rows.rows),
              level.offset + row_bytes * top);
  level.rows.store(top + rows.rows, std::memory_order_release);
  if (index + 1 == levels_.size()) return;

  cv::Mat left = packed;
  if (!level.lone_row.empty()) {
    cv::Mat pair;
    cv::vconcat(level.lone_row, left.row(0), pair);
    level.lone_row.release();
    add(index + 1, halved(pair));
    left = left.rowRange(1, left.rows);
  }
  if (const int even = left.rows / 2 * 2; even > 0) add(index + 1, halved(left.rowRange(0, even)));
  if (left.rows % 2 == 0) return;
  const cv::Mat last = left.row(left.rows - 1);
  if (top + rows.rows < level.size.height) {
    level.lone_row = last.clone();
  } else {
    cv::Mat pair;
    cv::vconcat(last, last, pair);
    add(index + 1, halved(pair));
  }
}

void Pyramid::read(int index, cv::Rect rect, cv::Mat& out) const {
  const Level& level = at(index);
  const std::int64_t row_bytes = bytes_of_row(level);
  const std::int64_t start = level.offset + row_bytes * rect.y + std::int64_t{rect.x} * format_.bytes();
  const std::size_t bytes = static_cast<std::size_t>(rect.width) * static_cast<std::size_t>(format_.bytes());
  if (rect.width == level.size.width && out.isContinuous()) {
    file_.read(out.data, bytes * static_cast<std::size_t>(rect.height), start);
    return;
  }
  for (int y = 0; y < rect.height; ++y) file_.read(out.ptr(y), bytes, start + row_bytes * y);
}

std::int64_t Pyramid::bytes() const {
  return levels_.back().offset + bytes_of_row(levels_.back()) * levels_.back().size.height;
}

std::int64_t Pyramid::bytes_of_row(const Level& level) const {
  return std::int64_t{level.size.width} * format_.bytes();
}

}  // namespace tilework::imageio

#include "server/imageio/storing/spooled_writer.h"

#include <algorithm>

#include "server/imageio/storing/choice.h"

namespace tilework::imageio {
namespace {

constexpr std::int64_t bytes_at_once = 4 << 20;

}  // namespace

SpooledWriter::SpooledWriter(cv::Size size, PixelFormat format, Storage wanted, Make make)
    : size_(size),
      format_(format),
      wanted_(std::move(wanted)),
      make_(std::move(make)),
      file_(std::in_place) {}

bool SpooledWriter::fits(const cv::Mat& rows) {
  return wanted_.palette ? palette_.add(rows) : is_on_levels(rows, wanted_.bits);
}

void SpooledWriter::spool(const cv::Mat& rows) {
  const std::int64_t row_bytes = std::int64_t{size_.width} * format_.bytes();
  const cv::Mat joined = rows.isContinuous() ? rows : rows.clone();
  file_->write(joined.data, static_cast<std::size_t>(row_bytes * rows.rows), row_bytes * rows_);
  rows_ += rows.rows;
}

// Gives the writer the rows that waited.
void SpooledWriter::start(const Storage& storage, const Palette* palette) {
  writer_ = make_(storage, palette);
  const std::int64_t row_bytes = std::int64_t{size_.width} * format_.bytes();
  const int at_once = static_cast<int>(std::clamp<std::int64_t>(bytes_at_once / row_bytes, 1, size_.height));
  for (int y = 0; y < rows_; y += at_once) {
    cv::Mat rows(std::min(at_once, rows_ - y), size_.width, format_.cv_type());
    file_->read(rows.data, static_cast<std::size_t>(row_bytes * rows.rows), row_bytes * y);
    writer_->write({rows});
  }
  file_.reset();
}

void SpooledWriter::write(const std::vector<cv::Mat>& parts) {
  if (writer_ != nullptr) return writer_->write(parts);
  if (!std::ranges::all_of(parts, [this](const cv::Mat& part) { return fits(part); })) {
    notes_.push_back(whole_bytes_note(wanted_, format_));
    start(with_whole_bytes(wanted_, format_), nullptr);
    return writer_->write(parts);
  }
  cv::Mat rows = parts.front();
  if (parts.size() > 1) cv::hconcat(parts, rows);
  spool(rows);
}

void SpooledWriter::finish() {
  if (writer_ == nullptr) {
    Storage storage = wanted_;
    if (storage.palette) storage.bits = std::max(storage.bits, palette_.bits()) % 8;
    start(storage, storage.palette ? &palette_ : nullptr);
  }
  writer_->finish();
}

std::vector<std::string> SpooledWriter::notes() const {
  std::vector<std::string> notes = notes_;
  if (writer_ != nullptr) {
    const auto more = writer_->notes();
    notes.insert(notes.end(), more.begin(), more.end());
  }
  return notes;
}

}  // namespace tilework::imageio

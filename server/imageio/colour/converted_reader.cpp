#include "server/imageio/colour/converted_reader.h"

#include <algorithm>
#include <utility>

namespace tilework::imageio {
namespace {

constexpr int rows_at_once = 16;  // held besides the result

}  // namespace

ConvertedReader::ConvertedReader(std::unique_ptr<RowReader> reader, RawColours raw,
                                 const std::string& profile, std::vector<std::string>& notes)
    : reader_(std::move(reader)), raw_(raw), transform_(raw, profile, notes) {}

void ConvertedReader::read(cv::Mat& rows) {
  for (int done = 0; done < rows.rows; done += rows_at_once) {
    cv::Mat to = rows.rowRange(done, std::min(done + rows_at_once, rows.rows));
    raw_rows_.create(rows_at_once, rows.cols, raw_.cv_type());
    cv::Mat from = raw_rows_.rowRange(0, to.rows);
    reader_->read(from);
    transform_.convert(from, to);
  }
}

std::unique_ptr<RowReader> converted(std::unique_ptr<RowReader> reader, const std::optional<RawColours>& raw,
                                     const std::string& profile, std::vector<std::string>& notes) {
  if (!raw) return reader;
  return std::make_unique<ConvertedReader>(std::move(reader), *raw, profile, notes);
}

}  // namespace tilework::imageio

// Rows that may fit few bits or a palette, which is known only when all were seen. They wait in a temporary
// file until then; the first that don't fit let all of them go on as whole bytes at once. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tilework/types.h>

#include "server/imageio/rows/row_writer.h"
#include "server/imageio/rows/spool_file.h"
#include "server/imageio/storage.h"
#include "server/imageio/storing/palette.h"

namespace tilework::imageio {

class SpooledWriter : public RowWriter {
 public:
  // Makes the writer of what turned out to be possible. `palette` has all colours where one is to be stored,
  // and is null elsewhere; it outlives the writer.
  using Make = std::function<std::unique_ptr<RowWriter>(const Storage& storage, const Palette* palette)>;

  // For rows of 8 bits; of one channel if `wanted` has bits but no palette.
  SpooledWriter(cv::Size size, PixelFormat format, Storage wanted, Make make);

  void write(const std::vector<cv::Mat>& parts) override;
  void finish() override;
  std::vector<std::string> notes() const override;

 private:
  bool fits(const cv::Mat& rows);
  void spool(const cv::Mat& rows);
  void start(const Storage& storage, const Palette* palette);

  cv::Size size_;
  PixelFormat format_;
  Storage wanted_;
  Make make_;
  Palette palette_;
  std::optional<SpoolFile> file_;
  int rows_ = 0;  // in the file
  std::vector<std::string> notes_;
  std::unique_ptr<RowWriter> writer_;  // null until it is known which
};

}  // namespace tilework::imageio

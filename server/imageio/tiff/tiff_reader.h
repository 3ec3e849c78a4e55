// The rows of a TIFF file's picture, by libtiff: strips and tiles are decoded on as many threads as there are
// processors, a row of tiles or some strips at a time. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/imageio/rows/row_reader.h"
#include "server/imageio/tiff/tiff_decoder.h"

namespace tilework::imageio {

class TiffReader : public RowReader {
 public:
  // For a directory of which `fields` was read and `kind` found out; not for kinds that libvips reads. The
  // descriptor is duplicated; `name` is for messages; the library asks for no more than `most_bytes` at a
  // time. Throws UserError.
  TiffReader(int fd, std::uint64_t directory, const TiffFields& fields, const TiffKind& kind,
             std::string name, std::int64_t most_bytes);

  void read(cv::Mat& rows) override;

 private:
  void decode();
  bool decode_pieces();
  bool decode_stream();

  TiffFields fields_;
  TiffKind kind_;
  TiffPieces pieces_;
  std::string name_;
  std::vector<std::unique_ptr<TiffDecoder>> decoders_;  // one for a thread, or for a plane that is streamed
  cv::Mat decoded_;                                     // rows of the picture
  int top_ = 0;                                         // of these
  int next_row_ = 0;
};

}  // namespace tilework::imageio

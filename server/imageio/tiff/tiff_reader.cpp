#include "server/imageio/tiff/tiff_reader.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

constexpr std::size_t most_threads = 8;

// Pieces of libtiff's RGB are large: they are taken one by one.
std::size_t decoders_for(const TiffPieces& pieces, const TiffFields& fields, const TiffKind& kind) {
  if (pieces.streamed) return static_cast<std::size_t>(pieces.planes);
  if (kind.way == TiffKind::Way::by_pieces) return 1;
  const std::size_t processors =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
  const std::int64_t across = (std::int64_t{fields.size.width} + pieces.piece.width - 1) / pieces.piece.width;
  const std::int64_t down =
      (std::int64_t{pieces.rows_at_once} + pieces.piece.height - 1) / pieces.piece.height;
  return std::min(processors, static_cast<std::size_t>(across * down * pieces.planes));
}

}  // namespace

TiffReader::TiffReader(int fd, std::uint64_t directory, const TiffFields& fields, const TiffKind& kind,
                       std::string name, std::int64_t most_bytes)
    : fields_(fields), kind_(kind), pieces_(fields, kind), name_(std::move(name)) {
  const std::size_t count = decoders_for(pieces_, fields, kind);
  while (decoders_.size() < count) {
    decoders_.push_back(std::make_unique<TiffDecoder>(fd, directory, fields, kind, most_bytes));
    if (decoders_.back()->is_fit()) continue;
    throw UserError(name_ + (kind.way == TiffKind::Way::by_pieces
                                 ? " can't be read: it is YCbCr of a rare subsampling; save it as RGB"
                                 : " is damaged: what it says of its pixels contradicts itself"));
  }
  decoded_.create(0, fields.size.width, kind.format.cv_type());
}

void TiffReader::read(cv::Mat& rows) {
  for (int done = 0; done < rows.rows;) {
    if (next_row_ == top_ + decoded_.rows) decode();
    const int count = std::min(rows.rows - done, top_ + decoded_.rows - next_row_);
    decoded_.rowRange(next_row_ - top_, next_row_ - top_ + count).copyTo(rows.rowRange(done, done + count));
    done += count;
    next_row_ += count;
  }
}

void TiffReader::decode() {
  top_ += decoded_.rows;
  decoded_.create(std::min(pieces_.rows_at_once, fields_.size.height - top_), fields_.size.width,
                  kind_.format.cv_type());
  if (!(pieces_.streamed ? decode_stream() : decode_pieces())) {
    refuse_damaged(name_, next_row_, fields_.size.height);
  }
  if (kind_.inverted) invert(decoded_, kind_.white, kind_.has_alpha);
  if (kind_.premultiplied) divide_by_alpha(decoded_);
}

// Each thread takes the next piece that none has taken.
bool TiffReader::decode_pieces() {
  const auto list = pieces_.of_rows(top_, decoded_.rows, fields_.size);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> is_sound = true;
  const auto work = [&](TiffDecoder& decoder) {
    while (is_sound) {
      const std::size_t i = next.fetch_add(1);
      if (i >= list.size()) return;
      if (!decoder.decode(list[i], decoded_(list[i].place - cv::Point(0, top_)))) is_sound = false;
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < std::min(decoders_.size(), list.size()); ++i) {
    others.push_back(std::async(std::launch::async, work, std::ref(*decoders_[i])));
  }
  work(*decoders_.front());
  for (auto& other : others) other.get();
  return is_sound;
}

bool TiffReader::decode_stream() {
  for (std::size_t plane = 0; plane < decoders_.size(); ++plane) {
    if (!decoders_[plane]->decode_rows(top_, static_cast<int>(plane), decoded_)) return false;
  }
  return true;
}

}  // namespace tilework::imageio

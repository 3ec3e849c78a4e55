#include "server/imageio/gif/gif_metadata.h"

#include <algorithm>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/metadata/character_sets.h"
#include "server/imageio/rows/read_at.h"

namespace tilework::imageio {
namespace {

using namespace std::string_literals;

constexpr char extension = 0x21, image = 0x2C;
constexpr std::uint32_t comment = 0xFE, application = 0xFF;

// The bytes of a file, one after another, by few calls.
class Bytes {
 public:
  explicit Bytes(int fd) : fd_(fd) {}

  // Fewer at the end of the file. At most 768.
  std::string take(std::size_t size) {
    if (piece_.size() - at_ < size) {
      piece_at_ += static_cast<std::int64_t>(at_);
      piece_ = read_at(fd_, 1 << 16, piece_at_);
      at_ = 0;
    }
    std::string bytes = piece_.substr(at_, size);
    at_ += bytes.size();
    return bytes;
  }
  // At the end of the file, zeros.
  std::uint32_t number(std::size_t size) { return little_at(take(size), 0, size); }

 private:
  int fd_;
  std::string piece_;
  std::int64_t piece_at_ = 0;  // in the file
  std::size_t at_ = 0;         // in the piece
};

std::size_t palette_bytes(std::uint32_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0;
}

// Sub-blocks up to the empty one.
struct Blocks {
  std::string joined;
  std::string raw;  // with their lengths but the last one's
};

class Reader {
 public:
  Reader(int fd, FileMetadata& file) : bytes_(fd), file_(file) {}

  void read() {
    bytes_.take(10);
    const std::uint32_t flags = bytes_.number(1);
    bytes_.take(2);
    bytes_.take(palette_bytes(flags));
    bool is_first = true;
    for (int parts = 0; parts < most_metadata_chunks; ++parts) {
      const std::string introducer = bytes_.take(1);
      if (introducer == std::string(1, extension)) {
        take_extension(bytes_.number(1));
      } else if (introducer == std::string(1, image)) {
        take_image(is_first);
        is_first = false;
      } else {
        return;  // the end, or damage
      }
    }
  }

 private:
  void take_extension(std::uint32_t label) {
    if (label == comment) {
      if (const auto blocks = take_blocks(true); !blocks.joined.empty()) {
        file_.metadata.texts.push_back({"Comment", utf8_of_latin1(blocks.joined), {}, {}});
      }
    } else if (label == application) {
      const std::string name = bytes_.take(bytes_.number(1));
      const bool is_xmp = name == "XMP DataXMP", is_profile = name == "ICCRGBG1012";
      const Blocks blocks = take_blocks(is_xmp || is_profile);
      if (is_xmp) file_.metadata.xmp = packet_of(blocks);
      if (is_profile) file_.metadata.icc = blocks.joined;
    } else {
      take_blocks(false);
    }
  }

  // A packet stands there as it is, and readers that take its bytes as lengths are caught by 258 bytes that
  // count down; some writers make blocks of it as of other data.
  static std::string packet_of(const Blocks& blocks) {
    constexpr std::size_t trailer = 257;  // without the empty block
    const std::string& raw = blocks.raw;
    const bool is_raw = raw.size() > trailer && raw[raw.size() - trailer] == '\x01' &&
                        raw[raw.size() - trailer + 1] == '\xFF' && raw.ends_with("\x01\0"s);
    return is_raw ? raw.substr(0, raw.size() - trailer) : blocks.joined;
  }

  void take_image(bool is_first) {
    bytes_.take(8);
    const std::uint32_t flags = bytes_.number(1);
    if (is_first) file_.storage.interlaced = (flags & 0x40) != 0;
    bytes_.take(palette_bytes(flags));
    bytes_.take(1);  // bits of a code
    take_blocks(false);
  }

  Blocks take_blocks(bool is_wanted) {
    Blocks blocks;
    for (std::size_t i = 0; i < std::size_t{most_skipped_chunks}; ++i) {
      const std::uint32_t size = bytes_.number(1);
      if (size == 0) break;
      const std::string block = bytes_.take(size);
      if (!is_wanted || blocks.raw.size() > largest_chunk || taken_ > most_metadata) continue;
      blocks.raw += static_cast<char>(size);
      blocks.raw += block;
      blocks.joined += block;
      taken_ += block.size();
    }
    return blocks;
  }

  Bytes bytes_;
  FileMetadata& file_;
  std::size_t taken_ = 0;  // bytes
};

std::string comment_extension(std::string_view text) {
  std::string bytes{extension, static_cast<char>(comment)};
  for (std::size_t at = 0; at < text.size(); at += 255) {
    const std::string_view block = text.substr(at, 255);
    bytes.push_back(static_cast<char>(block.size()));
    bytes.append(block);
  }
  return bytes + '\0';
}

std::string xmp_extension(const std::string& packet) {
  std::string bytes = "\x21\xFF\x0BXMP DataXMP" + packet + '\x01';
  for (int i = 255; i >= 0; --i) bytes.push_back(static_cast<char>(i));
  return bytes + '\0';
}

}  // namespace

FileMetadata read_gif_metadata(int fd) {
  FileMetadata file;
  file.storage.format = "gif";
  Reader(fd, file).read();
  return file;
}

std::string gif_with(std::string file, const Metadata& metadata) {
  std::string extensions;
  // A packet with a zero byte couldn't be read.
  if (!metadata.xmp.empty() && metadata.xmp.find('\0') == std::string::npos) {
    extensions += xmp_extension(metadata.xmp);
  }
  for (const Text& text : metadata.texts) {
    if (text.keyword == "Comment" && !text.text.empty()) extensions += comment_extension(text.text);
  }
  const std::size_t first_image = 13 + palette_bytes(big_at(file, 10, 1));
  return file.insert(std::min(first_image, file.size()), extensions);
}

}  // namespace tilework::imageio

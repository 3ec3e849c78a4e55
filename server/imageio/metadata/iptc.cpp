#include "server/imageio/metadata/iptc.h"

#include "server/imageio/metadata/byte_order.h"

namespace tilework::imageio {

std::string sized_iptc(std::string iptc, cv::Size size) {
  constexpr char start = 0x1C;
  constexpr std::uint32_t image_orientation = 2 << 8 | 131, is_long = 0x8000;
  const char word = size.width > size.height ? 'L' : size.width < size.height ? 'P' : 'S';
  for (std::size_t at = 0; at + 5 < iptc.size() && iptc[at] == start;) {
    const std::uint32_t length = big_at(iptc, at + 3, 2);
    if ((length & is_long) != 0) break;  // none of the records about pictures that are known
    if (big_at(iptc, at + 1, 2) == image_orientation && length == 1) iptc[at + 5] = word;
    at += 5 + length;
  }
  return iptc;
}

}  // namespace tilework::imageio

#include "server/imageio/metadata/photoshop.h"

#include <algorithm>

#include "server/imageio/metadata/directory.h"

namespace tilework::imageio {
namespace {

constexpr unsigned iptc_id = 0x0404;

constexpr bool is_outdated(unsigned id) {
  return id == 0x0409 || id == 0x040C || id == 0x0422 || id == 0x0423 || id == 0x0424;
}

constexpr std::size_t even(std::size_t size) {
  return size + size % 2;
}

}  // namespace

ImageResources split_resources(std::string_view resources) {
  constexpr TiffOrder order{.big_endian = true};
  ImageResources found;
  while (resources.size() >= 12 && resources.starts_with("8BIM")) {
    const auto id = static_cast<unsigned>(order.number(resources.substr(4, 2)));
    const std::size_t name = even(1 + std::size_t{static_cast<unsigned char>(resources[6])});
    const std::size_t head = 6 + name + 4;
    if (head > resources.size()) break;
    const std::size_t size = order.number(resources.substr(6 + name, 4));
    if (size > resources.size() - head) break;
    if (id == iptc_id) {
      found.iptc = resources.substr(head, size);
    } else if (!is_outdated(id)) {
      found.others += resources.substr(0, head + size);
      if (size % 2 != 0) found.others += '\0';
    }
    resources.remove_prefix(std::min(head + even(size), resources.size()));
  }
  return found;
}

std::string join_resources(const ImageResources& resources) {
  if (resources.iptc.empty()) return resources.others;
  constexpr TiffOrder order{.big_endian = true};
  std::string made = "8BIM" + order.bytes_of(iptc_id, 2) + std::string(2, '\0') +
                     order.bytes_of(resources.iptc.size(), 4) + resources.iptc;
  if (made.size() % 2 != 0) made += '\0';
  return made + resources.others;
}

}  // namespace tilework::imageio

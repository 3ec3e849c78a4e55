#include "server/imageio/metadata/photoshop.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/md5.h"

namespace tilework::imageio {
namespace {

constexpr TiffOrder order{.big_endian = true};
constexpr unsigned iptc_id = 0x0404, resolution_id = 0x03ED, digest_id = 0x0425;

constexpr bool is_outdated(unsigned id) {
  return id == 0x0409 || id == 0x040C || id == 0x0422 || id == 0x0423 || id == 0x0424;
}

constexpr std::size_t even(std::size_t size) {
  return size + size % 2;
}

struct Resource {
  unsigned id = 0;
  std::size_t head = 0;  // bytes before what it says
  std::size_t size = 0;  // of what it says
};

// The first one; none if it makes no sense.
std::optional<Resource> first_of(std::string_view resources) {
  if (resources.size() < 12 || !resources.starts_with("8BIM")) return {};
  const std::size_t name = even(1 + std::size_t{static_cast<unsigned char>(resources[6])});
  const std::size_t head = 6 + name + 4;
  if (head > resources.size()) return {};
  const std::size_t size = order.number(resources.substr(6 + name, 4));
  if (size > resources.size() - head) return {};
  return Resource{static_cast<unsigned>(order.number(resources.substr(4, 2))), head, size};
}

// Where a resource of this size says something; none if there isn't one.
std::optional<std::size_t> find(std::string_view resources, unsigned id, std::size_t size) {
  for (std::size_t at = 0; const auto resource = first_of(resources.substr(at));) {
    if (resource->id == id && resource->size == size) return at + resource->head;
    at = std::min(at + resource->head + even(resource->size), resources.size());
  }
  return {};
}

}  // namespace

ImageResources split_resources(std::string_view resources) {
  ImageResources found;
  while (const auto resource = first_of(resources)) {
    const auto [id, head, size] = *resource;
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
  std::string made = "8BIM" + order.bytes_of(iptc_id, 2) + std::string(2, '\0') +
                     order.bytes_of(resources.iptc.size(), 4) + resources.iptc;
  if (made.size() % 2 != 0) made += '\0';
  return made + resources.others;
}

// Two times, for columns and rows: a number and the units that Photoshop shows, 8 bytes.
std::string transposed_resources(std::string resources) {
  if (const auto place = find(resources, resolution_id, 16)) {
    const auto columns = resources.begin() + static_cast<std::ptrdiff_t>(*place);
    std::swap_ranges(columns, columns + 8, columns + 8);
  }
  return resources;
}

// With 16 bits behind the point.
std::string with_resolutions(std::string resources, double columns, double rows) {
  const auto place = find(resources, resolution_id, 16);
  if (!place) return resources;
  const auto fixed = [](double value) {
    return static_cast<std::uint64_t>(std::clamp(std::round(value * 65536), 1.0, double{0xFFFFFFFF}));
  };
  resources.replace(*place, 4, order.bytes_of(fixed(columns), 4));
  resources.replace(*place + 8, 4, order.bytes_of(fixed(rows), 4));
  return resources;
}

std::string with_digest(std::string resources, const std::string& before, const std::string& after) {
  const auto place = find(resources, digest_id, 16);
  if (place && resources.compare(*place, 16, md5(before)) == 0) resources.replace(*place, 16, md5(after));
  return resources;
}

}  // namespace tilework::imageio

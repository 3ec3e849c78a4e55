#include "server/imageio/tiff/tiff_reductions.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace tilework::imageio {
namespace {

constexpr int most = 32;  // of an image of any size

// Rounded either way.
bool is_half_of(cv::Size size, cv::Size whole) {
  return std::abs(2 * size.width - whole.width) <= 2 && std::abs(2 * size.height - whole.height) <= 2;
}

int field(VipsImage* image, const char* name) {
  int value = 0;
  const bool is_there =
      vips_image_get_typeof(image, name) != 0 && vips_image_get_int(image, name, &value) == 0;
  return is_there ? value : 0;
}

// None of one that is damaged: the image itself may be whole.
std::optional<cv::Size> size_of(int fd, const std::string& name, const Reduction& where) try {
  return VipsReader(fd, "tiff", name, where).stored_size();
} catch (const Error&) {
  return std::nullopt;
}

}  // namespace

std::vector<StoredReduction> tiff_reductions(int fd, const VipsReader& header, const std::string& name) {
  const int inner = field(header.header(), "n-subifds");
  const int count = std::min(inner > 0 ? inner : vips_image_get_n_pages(header.header()) - 1, most);
  std::vector<StoredReduction> found;
  cv::Size size = header.stored_size();
  for (int i = 0; i < count; ++i) {
    const Reduction where = inner > 0 ? Reduction{.inner = i} : Reduction{.page = i + 1};
    const auto next = size_of(fd, name, where);
    if (!next || !is_half_of(*next, size)) break;
    found.push_back({where, *next});
    size = *next;
  }
  return found;
}

}  // namespace tilework::imageio

#include "server/imageio/png/png_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/imageio/metadata/byte_order.h"
#include "server/imageio/png/png_chunk.h"

namespace tilework::imageio {
namespace {

bool is_of_pixels(std::string_view type) {
  constexpr std::array<std::string_view, 4> types{"PLTE", "tRNS", "IDAT", "IEND"};
  return std::ranges::find(types, type) != types.end();
}

}  // namespace

std::string PngFilter::pass(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    if (left_ == 0) {
      out += take_head(bytes);
      continue;
    }
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    if (is_kept_) out.append(bytes.substr(0, now));
    bytes.remove_prefix(now);
    left_ -= now;
  }
  return out;
}

std::string PngFilter::take_head(std::string_view& bytes) {
  const std::size_t whole = has_started_ ? 8 : png_start;
  const std::size_t now = std::min(whole - head_.size(), bytes.size());
  head_.append(bytes.substr(0, now));
  bytes.remove_prefix(now);
  if (head_.size() < whole) return {};
  std::string head = std::exchange(head_, {});
  if (!has_started_) {
    has_started_ = true;
    return head + std::exchange(chunks_, {});
  }
  left_ = std::uint64_t{big_at(head, 0, 4)} + 4;
  is_kept_ = is_of_pixels(std::string_view(head).substr(4));
  return is_kept_ ? head : std::string();
}

}  // namespace tilework::imageio

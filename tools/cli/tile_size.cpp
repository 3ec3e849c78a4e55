#include "tools/cli/tile_size.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "schema/model/error.h"

namespace tilework::cli {
namespace {

std::optional<int> parse_side(std::string_view text) {
  int side = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (error != std::errc{} || end != text.data() + text.size() || side < 1) return std::nullopt;
  return side;
}

}  // namespace

TileSize parse_tile(const std::string& text) {
  const auto cross = text.find('x');
  const auto width = parse_side(std::string_view(text).substr(0, cross));
  const auto height =
      cross == std::string::npos ? width : parse_side(std::string_view(text).substr(cross + 1));
  if (!width || !height) {
    throw UserError("\"" + text + "\" is no size of a tile; write it in pixels, as in 2048x512 or 512");
  }
  return {*width, *height};
}

}  // namespace tilework::cli

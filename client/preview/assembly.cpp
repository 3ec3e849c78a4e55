#include "client/preview/assembly.h"

#include <algorithm>
#include <atomic>

#include "client/preview/pixels.h"

namespace tilework::client {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

Assembly::Assembly(const Picture& picture, int level, const std::vector<TileKey>& tiles, const Region& region)
    : level_(level) {
  for (const TileKey& key : tiles) growing_[key] = {shared_of(place_of(picture, key), region)};
}

std::vector<std::shared_ptr<const PreviewTile>> Assembly::add(const Piece& piece) {
  std::vector<std::shared_ptr<const PreviewTile>> complete;
  for (const TileKey& key : tiles_of(piece.place, level_)) {
    const auto found = growing_.find(key);
    if (found == growing_.end()) continue;
    Growing& growing = found->second;
    const Region place = growing.place;
    if (!growing.tile || growing.tile->format != piece.format) {
      const auto pixels = static_cast<std::size_t>(place.width) * static_cast<std::size_t>(place.height);
      const auto kept = piece.format.depth == SampleDepth::u8 ? 0 : piece.format.bytes();
      growing.tile = std::make_shared<PreviewTile>(
          PreviewTile{next_id(), key, place, piece.format, std::vector<std::uint8_t>(pixels * 4),
                      std::vector<std::byte>(pixels * static_cast<std::size_t>(kept))});
      growing.rows.assign(static_cast<std::size_t>(place.height), false);
    }
    const Region shared = shared_of(place, piece.place);
    if (shared.width != place.width) continue;  // pieces are as wide as their region
    copy(piece, shared, growing);
    if (std::ranges::find(growing.rows, false) != growing.rows.end()) continue;
    complete.push_back(growing.tile);
    growing_.erase(found);
  }
  return complete;
}

void Assembly::copy(const Piece& piece, const Region& shared, Growing& to) const {
  const auto pixel = static_cast<std::size_t>(piece.format.bytes());
  const Region& place = to.tile->place;
  const std::size_t bytes = static_cast<std::size_t>(shared.width) * pixel;
  for (int y = shared.y; y < shared.y + shared.height; ++y) {
    const auto from =
        (static_cast<std::size_t>(y - piece.place.y) * static_cast<std::size_t>(piece.place.width) +
         static_cast<std::size_t>(shared.x - piece.place.x)) *
        pixel;
    const auto row = static_cast<std::size_t>(y - place.y);
    const auto pixels = piece.pixels.subspan(from, bytes);
    to_rgba(pixels, piece.format, to.tile->rgba.data() + row * static_cast<std::size_t>(place.width) * 4);
    if (!to.tile->pixels.empty())
      std::ranges::copy(pixels, to.tile->pixels.begin() + static_cast<std::ptrdiff_t>(row * bytes));
    to.rows[row] = true;
  }
}

}  // namespace tilework::client

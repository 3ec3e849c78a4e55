#include "client/ui/tile_textures.h"

#include <algorithm>
#include <numeric>

namespace tilework::client {
namespace {

constexpr int tiles_a_side = 4;
constexpr int page_side = tiles_a_side * tile_side;

int left_of(int slot) {
  return slot % tiles_a_side * tile_side;
}
int top_of(int slot) {
  return slot / tiles_a_side * tile_side;
}

}  // namespace

void TileTextures::begin_frame(bool crisp) {
  ++frame_;
  crisp_ = crisp;
  for (Page& page : pages_) page.texture.set_crisp(crisp && page.is_full_size);
}

void TileTextures::add(ImDrawList& list, const TileHandle& tile, ImVec2 from, ImVec2 to) {
  Entry& entry = entry_of(tile);
  entry.last_frame = frame_;
  // Where pixels are mixed, none of the neighbour's, which is another part of the image, may take part.
  const float inset = crisp_ && tile->key.level == 0 ? 0.0F : 0.5F;
  const auto left = static_cast<float>(left_of(entry.slot)), top = static_cast<float>(top_of(entry.slot));
  const auto uv = [](float x, float y) { return ImVec2(x / page_side, y / page_side); };
  list.AddImage(reinterpret_cast<void*>(pages_[entry.page].texture.id()), from, to,
                uv(left + inset, top + inset),
                uv(left + static_cast<float>(tile->place.width) - inset,
                   top + static_cast<float>(tile->place.height) - inset));
}

void TileTextures::end_frame() {
  std::erase_if(entries_, [&](const auto& found) {
    const Entry& entry = found.second;
    if (entry.last_frame == frame_) return false;
    pages_[entry.page].free.push_back(entry.slot);
    return true;
  });
}

TileTextures::Entry& TileTextures::entry_of(const TileHandle& tile) {
  const auto found = entries_.find(tile->id);
  if (found != entries_.end()) return found->second;
  const std::size_t number = page_with_room(tile->key.level == 0);
  Page& page = pages_[number];
  const int slot = page.free.back();
  page.free.pop_back();
  page.texture.update(tile->rgba, left_of(slot), top_of(slot), tile->place.width, tile->place.height);
  return entries_.emplace(tile->id, Entry{number, slot, frame_}).first->second;
}

std::size_t TileTextures::page_with_room(bool is_full_size) {
  const auto found = std::ranges::find_if(
      pages_, [&](const Page& page) { return page.is_full_size == is_full_size && !page.free.empty(); });
  if (found != pages_.end()) return static_cast<std::size_t>(found - pages_.begin());
  Page& page = pages_.emplace_back(Page{Texture(page_side, page_side), is_full_size, {}});
  page.free.resize(static_cast<std::size_t>(tiles_a_side) * tiles_a_side);
  std::iota(page.free.rbegin(), page.free.rend(), 0);
  page.texture.set_crisp(crisp_ && is_full_size);
  return pages_.size() - 1;
}

}  // namespace tilework::client

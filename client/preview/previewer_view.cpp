// What a previewer has of a view, and under which keys it keeps it.
#include <sstream>
#include <utility>

#include "client/preview/pixels.h"
#include "client/preview/previewer.h"

namespace tilework::client {
namespace {

// The same recipe gives the same text, and another gives another.
std::string text_of(const Recipe& recipe) {
  std::ostringstream text;
  text << std::hexfloat;
  for (const FilterCall& call : recipe) {
    text << '\n' << call.filter;
    for (const auto& [name, value] : call.arguments) {
      text << '\t' << name << '=';
      if (const auto* colour = std::get_if<ColourValue>(&value)) {
        text << colour->blue << ',' << colour->green << ',' << colour->red;
      } else {
        std::visit(
            [&](const auto& plain) {
              if constexpr (!std::is_same_v<std::decay_t<decltype(plain)>, ColourValue>) text << plain;
            },
            value);
      }
    }
  }
  return text.str();
}

}  // namespace

std::vector<TileHandle> Previewer::tiles(Side side) const {
  std::vector<TileHandle> list;
  const auto add = [&](const TileSet* set) {
    if (set == nullptr) return;
    // Coarse ones behind, if the fine ones don't cover all.
    const bool complete = set->has(region_, level_);
    if (!complete) list.insert(list.end(), set->provisional.begin(), set->provisional.end());
    for (int level = look_.picture.levels - 1; level >= 0; --level) {
      if (complete && level != level_) continue;
      const Region seen = visible_region(view_, look_.picture, look_.screen, level);
      for (const TileKey& key : tiles_of(seen, level)) {
        if (const auto tile = set->tiles.find(key); tile != set->tiles.end()) list.push_back(tile->second);
      }
    }
  };
  const TileSet* now = now_of(side);
  if (!is_complete(side)) {
    const TileSet* shown = shown_of(side);
    if (shown != now) add(shown);
  }
  add(now);
  return list;
}

bool Previewer::is_complete(Side side) const {
  const TileSet* set = now_of(side);
  return set != nullptr && set->has(region_, level_);
}

bool Previewer::is_covered(Side side) const {
  const TileSet* shown = shown_of(side);
  return is_complete(side) || (shown != nullptr && shown->has(region_, level_));
}

const Error* Previewer::error(Side side) const {
  const TileSet* set = now_of(side);
  return set != nullptr && set->error ? &*set->error : nullptr;
}

const RenderOutcome& Previewer::outcome() const {
  static const RenderOutcome none;
  const TileSet* set = now_of(Side::result);
  if (set == nullptr) return none;
  const auto found = set->outcomes.find(level_);
  return found == set->outcomes.end() ? none : found->second;
}

const std::vector<std::size_t>& Previewer::approximate() const {
  return outcome().approximate;
}

const std::vector<std::size_t>& Previewer::reduced_stats() const {
  return outcome().reduced_stats;
}

// Those of an older recipe until the newest has its picture, as the tiles.
std::optional<std::vector<Finding>> Previewer::findings() const {
  const TileSet* set = is_complete(Side::result) ? now_of(Side::result) : shown_of(Side::result);
  if (set == nullptr || level_ > 0) return std::nullopt;
  std::vector<Finding> all;
  for (const TileKey& key : tiles_of(region_, 0)) {
    if (const auto found = set->found.find(key); found != set->found.end())
      all.insert(all.end(), found->second.begin(), found->second.end());
  }
  return all;
}

const Histogram* Previewer::histogram(Side side) const {
  const auto found = counted_.find(side);
  return found == counted_.end() ? nullptr : &found->second;
}

std::string Previewer::value_at(Side side, int x, int y) const {
  const TileSet* set = is_complete(side) || shown_of(side) == nullptr ? now_of(side) : shown_of(side);
  if (set == nullptr || x < 0 || y < 0 || x >= look_.picture.width || y >= look_.picture.height) return {};
  for (int level = 0; level < look_.picture.levels; ++level) {
    const int at_x = x >> level, at_y = y >> level;
    const auto tile = set->tiles.find({level, at_x / tile_side, at_y / tile_side});
    if (tile == set->tiles.end()) continue;
    const auto& [key, found] = *tile;
    if (shared_of(found->place, {at_x, at_y, 1, 1}).width == 0) continue;
    return (level == 0 ? "" : "~ ") + value_text(*found, at_x - found->place.x, at_y - found->place.y);
  }
  return {};
}

TileSet& Previewer::set_of(const SetKey& key) {
  TileSet& set = sets_[key];
  set.picture = look_.picture;
  return set;
}

const TileSet* Previewer::now_of(Side side) const {
  const auto key = now_.find(side);
  if (key == now_.end()) return nullptr;
  const auto set = sets_.find(key->second);
  return set == sets_.end() ? nullptr : &set->second;
}

// Another image is never shown in place of this one.
const TileSet* Previewer::shown_of(Side side) const {
  const auto key = shown_.find(side);
  if (key == shown_.end()) return nullptr;
  const auto is_of = [&](std::uint64_t picture) {
    return key->second.starts_with(std::to_string(picture) + ' ');
  };
  if (!is_of(look_.picture_number) && !is_of(picture_of(side))) return nullptr;
  const auto set = sets_.find(key->second);
  return set == sets_.end() ? nullptr : &set->second;
}

// An empty recipe's result is the input.
Previewer::SetKey Previewer::plain_key_of(Side side) const {
  const std::string picture = std::to_string(picture_of(side)) + ' ';
  const Recipe& recipe = recipe_of(side);
  if (recipe.empty()) return picture;
  return picture + std::to_string(look_.filters_revision) + text_of(recipe);
}

bool Previewer::has_exact_stats(Side side) const {
  return analysed_.contains(plain_key_of(side));
}

Previewer::SetKey Previewer::key_of(Side side) const {
  const SetKey key = plain_key_of(side);
  return analysed_.contains(key) ? key + "\nexact stats" : key;
}

std::uint64_t Previewer::picture_of(Side side) const {
  return side == Side::result ? look_.result_number.value_or(look_.picture_number) : look_.picture_number;
}

const Recipe& Previewer::recipe_of(Side side) const {
  static const Recipe none;
  return side == Side::input || look_.result_number ? none : look_.recipe;
}

}  // namespace tilework::client

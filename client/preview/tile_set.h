// All tiles of one image with one recipe that were computed and are still kept. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/preview/pixels.h"
#include "client/preview/tile.h"
#include "schema/model/error.h"

namespace tilework::client {

using TileHandle = std::shared_ptr<const PreviewTile>;

struct TileSet {
  Picture picture;
  std::map<TileKey, TileHandle> tiles;
  std::vector<TileHandle> provisional = {};            // shown behind tiles, until these are there
  std::uint64_t last_look = 0;                         // when it was wanted last, in looks
  std::optional<Error> error = {};                     // why nothing more comes
  std::map<int, RenderOutcome> outcomes = {};          // of the newest render, by level
  bool has_no_exact_stats = false;                     // they can't be computed
  std::map<TileKey, std::vector<Finding>> found = {};  // at full size, by the tile of the box's centre
  std::optional<Histogram> histogram = {};

  // In place of what these tiles of level 0 had.
  void put_findings(const std::vector<TileKey>& tiles, const std::vector<Finding>& findings);
  bool has(const Region& region, int level) const;
  std::vector<TileKey> missing(const Region& region, int level) const;
  std::size_t bytes() const;
};

}  // namespace tilework::client

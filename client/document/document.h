// What a user works on: the open images, each with its recipe, and which of them are looked at. A value, so
// that undo is keeping the old ones. Pure; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/model/recipe.h"

namespace tilework::client {

// Numbers of images and steps are never used again within a run of the program.
using ImageId = std::uint64_t;
using StepId = std::uint64_t;

// A filter of a recipe. One that is switched off stays in its place with its values.
struct Step {
  StepId id = 0;
  FilterCall call;
  bool enabled = true;
  friend bool operator==(const Step&, const Step&) = default;
};

using Steps = std::vector<Step>;

struct ImageEntry {
  ImageId id = 0;
  std::filesystem::path path;
  std::string name;
  Steps steps;
  friend bool operator==(const ImageEntry&, const ImageEntry&) = default;
};

struct Document {
  std::vector<ImageEntry> images;
  std::optional<ImageId> current;  // the one that is shown
  std::set<ImageId> chosen;        // for batches
  std::uint64_t last_id = 0;
  friend bool operator==(const Document&, const Document&) = default;

  const ImageEntry* find(ImageId id) const;
  ImageEntry* find(ImageId id);
  const ImageEntry* current_image() const { return current ? find(*current) : nullptr; }
  ImageEntry* current_image() { return current ? find(*current) : nullptr; }
};

// The steps that are switched on, as a cluster gets them.
Recipe recipe_of(const Steps& steps);

}  // namespace tilework::client

#include "client/document/document.h"

#include <algorithm>

namespace tilework::client {

const ImageEntry* Document::find(ImageId id) const {
  const auto found = std::ranges::find(images, id, &ImageEntry::id);
  return found == images.end() ? nullptr : &*found;
}

ImageEntry* Document::find(ImageId id) {
  const auto found = std::ranges::find(images, id, &ImageEntry::id);
  return found == images.end() ? nullptr : &*found;
}

Recipe recipe_of(const Steps& steps) {
  Recipe recipe;
  for (const Step& step : steps) {
    if (step.enabled) recipe.push_back(step.call);
  }
  return recipe;
}

}  // namespace tilework::client

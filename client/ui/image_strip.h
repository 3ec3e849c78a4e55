// The open images, one below the other: thumbnail, name, size and state.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "client/ui/model.h"

namespace tilework::client {

class ImageStrip {
 public:
  void draw(const Model& model, Intents& intents);
  // The user pressed the button to open images.
  bool wants_dialog() { return std::exchange(wants_dialog_, false); }
  // Images whose thumbnails were on screen in the last frame.
  const std::set<ImageId>& in_sight() const { return in_sight_; }

 private:
  void draw_image(const Model& model, const ImageEntry& image, Intents& intents);
  static void scroll_to(float top, float bottom);

  std::optional<ImageId> shown_;  // the current image of the frame before
  std::set<ImageId> in_sight_;
  bool wants_dialog_ = false;
};

}  // namespace tilework::client

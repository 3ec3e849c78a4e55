// The open images, one below the other: thumbnail, name, size and state.
#pragma once

#include <utility>

#include "client/ui/model.h"

namespace tilework::client {

class ImageStrip {
 public:
  void draw(const Model& model, Intents& intents);
  // The user pressed the button to open images.
  bool wants_dialog() { return std::exchange(wants_dialog_, false); }

 private:
  void draw_image(const Model& model, const ImageEntry& image, Intents& intents);
  bool wants_dialog_ = false;
};

}  // namespace tilework::client

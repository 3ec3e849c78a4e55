// The picture: zoom, pan, before and after, and the values under the cursor.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "client/preview/previewer.h"
#include "client/ui/model.h"
#include "client/ui/tile_textures.h"

namespace tilework::client {

class ViewportPanel {
 public:
  void draw(const Model& model, Intents& intents);

  // What the panel shows of an image, for the next look; the screen is that of the last frame.
  const Viewport& viewport(ImageId image) { return viewports_[image]; }
  Screen screen() const { return screen_; }
  // The input is on screen: split, or shown alone while a key is held.
  bool shows_input() const { return split_ || holds_input_; }
  bool shows_result() const { return !holds_input_; }
  // The converted file is looked at instead of the preview, where there is one.
  bool wants_result_file() const { return wants_result_file_; }

  void fit() { viewports_[current_] = {}; }
  void zoom_to(double zoom);
  void zoom_by(double factor);
  void toggle_split() { split_ = !split_; }
  void hold_input(bool held) { holds_input_ = held; }
  void toggle_boxes() { boxes_ = !boxes_; }
  void toggle_result_file() { wants_result_file_ = !wants_result_file_; }
  // Of what detectors found.
  void mark_finding(std::optional<std::size_t> finding) { marked_ = finding; }
  std::optional<std::size_t> clicked_finding() { return std::exchange(clicked_, std::nullopt); }
  bool wants_findings() { return std::exchange(wants_findings_, false); }
  void look_at(const Region& box);

 private:
  void use_mouse(const Picture& picture, Point origin);
  void draw_side(const Model& model, Side side, Point origin, float left, float right);
  void draw_split(const Model& model, Point origin);
  void draw_result_file(const ImageView& view, Point origin);
  void follow_conversion(const ImageView& view);
  void draw_boxes(const Model& model, Point origin);
  void draw_bar(const Model& model, const Picture& picture, Point origin);
  std::string values_at_cursor(const Model& model, const Viewport& view) const;
  void draw_state(const Model& model, Point origin);
  void draw_empty(const Model& model, Point origin, Intents& intents);

  std::map<ImageId, Viewport> viewports_;
  ImageId current_ = 0;
  Picture picture_;
  Screen screen_;
  Point cursor_;  // on screen, from the viewport's corner
  bool has_cursor_ = false;
  bool split_ = false;
  float split_at_ = 0.5F;  // of the width
  bool drags_split_ = false;
  bool holds_input_ = false;
  bool boxes_ = true;  // around findings
  bool wants_result_file_ = false;
  bool was_stale_ = false;  // the converted file, in the last frame
  std::optional<std::size_t> marked_;
  std::optional<std::size_t> clicked_;
  std::optional<Point> click_;  // on screen, in this frame
  bool wants_findings_ = false;
  TileTextures textures_;
};

}  // namespace tilework::client

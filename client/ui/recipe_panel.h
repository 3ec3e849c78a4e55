// The current image's recipe: its steps with their parameters, and the list of filters to add.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "client/ui/model.h"

namespace tilework::client {

class RecipePanel {
 public:
  void draw(const Model& model, Intents& intents);
  // Opens the list of filters, as a shortcut does.
  void open_picker() { opens_picker_ = true; }

 private:
  void draw_head(const Model& model, Intents& intents);
  void draw_presets(const Model& model, Intents& intents);
  void draw_picker(const Model& model, Intents& intents);
  bool move_mark(std::size_t count);
  void draw_step(const Model& model, const Step& step, std::size_t place, std::size_t enabled_place,
                 Intents& intents);
  void draw_parameters(const FilterDescription& filter, const Step& step, Intents& intents);

  std::string search_;
  std::size_t marked_ = 0;  // in the list of filters: what Enter takes
  std::string preset_name_;
  std::set<StepId> folded_;
  bool opens_picker_ = false;
};

}  // namespace tilework::client

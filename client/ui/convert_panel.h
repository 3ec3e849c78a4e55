// Converts whole images, and saves the results.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "client/ui/model.h"

namespace tilework::client {

// The chosen images, or the one that is shown, as far as they can be converted now: they could be opened,
// have a recipe of filters that the cluster has, and aren't being converted.
std::vector<ImageId> ready_to_convert(const Model& model);
// Images with a result that wasn't saved, in their order.
std::vector<ImageId> unsaved_results(const Model& model);

class ConvertPanel {
 public:
  void draw(const Model& model, Intents& intents);
  // The user wants to save this image's result under a name of choice, or all into a folder.
  std::optional<ImageId> wants_save_as() { return std::exchange(wants_save_as_, std::nullopt); }
  bool wants_folder() { return std::exchange(wants_folder_, false); }

 private:
  void draw_settings(const Model& model, Intents& intents);
  bool draw_format(Settings& settings);
  bool draw_quality(Settings& settings);
  bool draw_storing(Settings& settings);
  void draw_obstacle(const Model& model, const std::vector<ImageId>& images);
  void draw_picture(const Model& model);
  void draw_progress(const Model& model, Intents& intents);

  std::optional<ImageId> wants_save_as_;
  bool wants_folder_ = false;
};

}  // namespace tilework::client

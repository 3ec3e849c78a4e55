// Works the program as one who drags a slider without a rest, and measures what that person sees: for
// tools/bench. The user interface's thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "client/desktop/window.h"
#include "client/ui/model.h"
#include "client/ui/viewport_panel.h"

namespace tilework::client {

class Bench {
 public:
  // A window of this size has a viewport of 1280x800.
  static constexpr int window_width = 1890, window_height = 866;
  // Few results fit into this, so that no value of the slider is remembered when it comes again.
  static constexpr std::size_t tile_bytes = std::size_t{24} << 20;

  Bench(std::filesystem::path image, Window& window) : image_(std::move(image)), window_(window) {}

  // In each frame, before the panels: what the person does in it. Ends with Quit.
  void step(const Model& model, ViewportPanel& viewport, Intents& intents);

  // After the end. Milliseconds; of a change, from the start of the frame in which the slider moves until the
  // screen shows all of the new picture.
  std::string json() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Stage { opening, fit, zooming, full_size, done };
  struct Times {
    std::vector<double> change, panels, graphics;
  };

  void change(const Model& model, Times& times, Stage next, Intents& intents);

  std::filesystem::path image_;
  Window& window_;
  Stage stage_ = Stage::opening;
  bool opened_ = false;
  bool waits_ = false;         // for the picture of a change
  bool is_complete_ = false;   // the last frame showed it
  Clock::time_point begin_{};  // of the opening, or of a change
  int changes_ = 0;            // in this stage
  double first_picture_ = 0;
  Times fit_, full_size_;
  Screen screen_;
  Picture picture_;
};

}  // namespace tilework::client

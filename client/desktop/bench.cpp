#include "client/desktop/bench.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace tilework::client {
namespace {

constexpr int warm_up = 20, measured = 200;  // changes

double milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

nlohmann::json summary(std::vector<double> times) {
  if (times.empty()) return nullptr;
  std::ranges::sort(times);
  return {{"median", times[times.size() / 2]}, {"p99", times[times.size() * 99 / 100]}};
}

}  // namespace

void Bench::step(const Model& model, ViewportPanel& viewport, Intents& intents) {
  if (!opened_) {
    if (!model.is_connected) return;
    opened_ = true;
    begin_ = window_.frame_begin();
    intents.push_back(Edit{AddImages{{image_}}});
    return;
  }
  // The frame that showed the picture was the last one; what follows is done in this one.
  const bool was_shown = std::exchange(is_complete_, false);
  if (!was_shown) {
    is_complete_ = model.preview != nullptr && model.preview->is_complete(Side::result);
    if (is_complete_) Window::wake();
    return;
  }
  screen_ = viewport.screen();
  Window::wake();
  switch (stage_) {
    case Stage::opening:
      first_picture_ = milliseconds(window_.frame_end() - begin_);
      picture_ = *model.view_of(model.current()->id)->picture;
      intents.push_back(Edit{AddFilter{"gaussian-blur"}});
      stage_ = Stage::fit;
      return;
    case Stage::fit:
      return change(model, fit_, Stage::zooming, intents);
    case Stage::zooming:
      viewport.zoom_to(1);
      stage_ = Stage::full_size;
      return;
    case Stage::full_size:
      return change(model, full_size_, Stage::done, intents);
    case Stage::done:
      intents.push_back(Quit{});
  }
}

void Bench::change(const Model& model, Times& times, Stage next, Intents& intents) {
  if (waits_ && changes_ > warm_up) {
    times.change.push_back(milliseconds(window_.frame_end() - begin_));
    times.panels.push_back(window_.panel_milliseconds());
    times.graphics.push_back(window_.graphics_milliseconds());
  }
  if (changes_ == warm_up + measured) {
    stage_ = next;
    waits_ = false;
    changes_ = 0;
    return;
  }
  begin_ = window_.frame_begin();
  waits_ = true;
  const double size = 21 + 2 * (changes_++ % 11);  // 31 in the mean
  intents.push_back(Edit{SetArgument{model.current()->steps.front().id, "size", size}});
}

std::string Bench::json() const {
  const auto stage = [](const Times& times) {
    return nlohmann::json{{"change_ms", summary(times.change)},
                          {"ui_ms", summary(times.panels)},
                          {"opengl_ms", summary(times.graphics)}};
  };
  const nlohmann::json all{{"image", {picture_.width, picture_.height}},
                           {"viewport", {screen_.width, screen_.height}},
                           {"first_picture_ms", first_picture_},
                           {"fit", stage(fit_)},
                           {"full_size", stage(full_size_)}};
  return all.dump(2);
}

}  // namespace tilework::client

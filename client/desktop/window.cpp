#include "client/desktop/window.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include "client/ui/texture.h"
#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "schema/model/error.h"

namespace tilework::client {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> is_up = false;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

[[noreturn]] void refuse(const std::string& what) {
  const char* why = nullptr;
  glfwGetError(&why);
  throw Error(Fault::failed, what + (why != nullptr ? std::string(": ") + why : ""));
}

}  // namespace

Window::Window(const WindowPlace& place, bool dark) : place_(place), dark_(dark) {
  if (glfwInit() == GLFW_FALSE) {
    refuse("there is no display to open a window on; use the command line (tilework) instead");
  }
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);  // until it has its place, so that it doesn't jump there
  window_ = glfwCreateWindow(place.width, place.height, "Tilework", nullptr, nullptr);
  if (window_ == nullptr) {
    glfwTerminate();
    refuse("this display has no OpenGL 3; use the command line (tilework) instead");
  }
  put(place);
  glfwSetWindowSizeLimits(window_, 640, 420, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwShowWindow(window_);
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);
  // Before ImGui's, which call these.
  glfwSetWindowUserPointer(window_, this);
  const auto self = [](GLFWwindow* window) { return static_cast<Window*>(glfwGetWindowUserPointer(window)); };
  static const auto input = self;
  glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int, int, int) { input(w)->frames_due_ = 3; });
  glfwSetScrollCallback(window_, [](GLFWwindow* w, double, double) { input(w)->frames_due_ = 3; });
  glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double, double) {
    input(w)->frames_due_ = std::max(input(w)->frames_due_, 2);
  });
  glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* w, int, int) { input(w)->show_all(); });
  glfwSetWindowPosCallback(window_, [](GLFWwindow* w, int, int) {
    input(w)->moved_ = true;
    input(w)->frames_due_ = 3;
  });
  glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { input(w)->show_all(); });
  glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** files) {
    for (int i = 0; i < count; ++i) input(w)->dropped_.emplace_back(files[i]);
    input(w)->frames_due_ = 3;
  });
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  ImGui::GetIO().ConfigWindowsMoveFromTitleBarOnly = true;
  ImGui_ImplGlfw_InitForOpenGL(window_, true);
  // Instead of ImGui's, which gets them from take_keys().
  glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int modifiers) {
    input(w)->keys_.add({key, scancode, action, modifiers, 0});
    input(w)->frames_due_ = 3;
  });
  glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned character) {
    input(w)->keys_.add({.character = character});
    input(w)->frames_due_ = 3;
  });
  ImGui_ImplOpenGL3_Init("#version 150");
  // Without a graphics card, buffers are swapped by copying one; with one, what it holds then isn't known.
  const std::string renderer = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  keeps_painted_ = renderer.starts_with("llvmpipe") || renderer.starts_with("softpipe");
  scale_ = 0;
  follow_scale();
  is_up = true;
}

Window::~Window() {
  is_up = false;
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void Window::show_all() {
  moved_ = true;
  damage_.forget();
  frames_due_ = 3;
}

// On systems whose windows are measured in pixels, these get smaller on dense screens.
void Window::follow_scale() {
  float scale = 1, unused = 1;
  glfwGetWindowContentScale(window_, &scale, &unused);
  int window_width = 1, window_height = 1, pixel_width = 1, pixel_height = 1;
  glfwGetWindowSize(window_, &window_width, &window_height);
  glfwGetFramebufferSize(window_, &pixel_width, &pixel_height);
  if (window_width > 0 && pixel_width > window_width) scale = 1;  // the system scales
  scale = std::clamp(scale, 0.75F, 4.0F);
  if (scale == scale_) return;
  scale_ = scale;
  load_fonts(scale_);
  set_theme(dark_, scale_);
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
  damage_.forget();
}

void Window::run(const std::function<double()>& frame, const std::function<bool()>& may_close) {
  double pause = 0;
  while (!closed_) {
    if (is_held_) {
      const double left = std::chrono::duration<double>(held_until_ - Clock::now()).count();
      glfwWaitEventsTimeout(std::clamp(left, 0.0001, 1.0));
    } else if (frames_due_ > 0) {
      glfwPollEvents();
    } else {
      glfwWaitEventsTimeout(std::clamp(pause, 0.001, 60.0));
    }
    if (frames_due_ > 0) --frames_due_;
    if (glfwWindowShouldClose(window_) == GLFW_TRUE) {
      if (may_close()) return;
      glfwSetWindowShouldClose(window_, GLFW_FALSE);
      frames_due_ = 3;
    }
    draw(frame, pause);
  }
}

void Window::take_keys() {
  for (const auto& event : keys_.take()) {
    if (event.character != 0) {
      ImGui_ImplGlfw_CharCallback(window_, event.character);
    } else {
      ImGui_ImplGlfw_KeyCallback(window_, event.key, event.scancode, event.action, event.modifiers);
    }
  }
  if (!keys_.empty()) frames_due_ = 3;
}

void Window::draw(const std::function<double()>& frame, double& pause) {
  follow_scale();
  frame_begin_ = Clock::now();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  take_keys();
  ImGui::NewFrame();
  held_until_ = {};
  pause = frame();
  ImGui::Render();
  panel_milliseconds_ = milliseconds_since(frame_begin_);
  if (ImGui::GetIO().WantTextInput) pause = std::min(pause, 0.4);  // the text cursor blinks
  const auto begin = Clock::now();
  is_held_ = frame_begin_ < held_until_;
  if (!is_held_) paint();
  frame_end_ = Clock::now();
  graphics_milliseconds_ = std::chrono::duration<double, std::milli>(frame_end_ - begin).count();
  const bool settles = frames_due_ == 0 && pause > 0 && keys_.empty();
  if (!is_held_) write_widget_map(settles);  // of what is on the screen now
  if (frames_due_ == 0 && std::exchange(moved_, false)) note_place();
}

void Window::paint() {
  ImDrawData& data = *ImGui::GetDrawData();
  const auto changed = damage_.update(data, take_changed_textures());
  if (changed.empty()) return;
  if (keeps_painted_) {
    paint_clipped(data, changed, [](ImDrawData& clipped) { ImGui_ImplOpenGL3_RenderDrawData(&clipped); });
  } else {
    ImGui_ImplOpenGL3_RenderDrawData(&data);
  }
  glfwSwapBuffers(window_);
}

void Window::close() {
  closed_ = true;
  wake();
}

void Window::wake() {
  if (is_up) glfwPostEmptyEvent();
}

std::vector<std::filesystem::path> Window::take_dropped_files() {
  return std::exchange(dropped_, {});
}

void Window::set_dark(bool dark) {
  if (dark == dark_) return;
  dark_ = dark;
  set_theme(dark_, scale_);
}

WindowPlace Window::place() {
  if (std::exchange(moved_, false)) note_place();  // closed before it had settled
  WindowPlace place = place_;
  place.maximized = glfwGetWindowAttrib(window_, GLFW_MAXIMIZED) == GLFW_TRUE;
  return place;
}

// Once it has settled: what it is asks the screen's server, and isn't told at once.
void Window::note_place() {
  if (glfwGetWindowAttrib(window_, GLFW_MAXIMIZED) == GLFW_TRUE) return;
  int width = 0, height = 0;
  glfwGetWindowSize(window_, &width, &height);
  place_.width = static_cast<int>(std::lround(static_cast<float>(width) / scale_));
  place_.height = static_cast<int>(std::lround(static_cast<float>(height) / scale_));
  std::array<int, 2> corner{};
  glfwGetError(nullptr);  // of before
  glfwGetWindowPos(window_, &corner[0], &corner[1]);
  const bool is_told = glfwGetError(nullptr) == GLFW_NO_ERROR;  // not everywhere
  place_.corner = is_told ? std::optional(corner) : std::nullopt;
}

// Where it was, if a part of it that can be dragged is on one of the screens there are now.
void Window::put(const WindowPlace& place) {
  fit_into_screen();
  if (place.corner) {
    const auto [left, top] = *place.corner;
    int count = 0;
    GLFWmonitor** monitors = glfwGetMonitors(&count);
    for (int i = 0; i < count; ++i) {
      int x = 0, y = 0, width = 0, height = 0;
      glfwGetMonitorWorkarea(monitors[i], &x, &y, &width, &height);
      if (left + 100 < x || left > x + width - 100 || top < y || top > y + height - 100) continue;
      glfwSetWindowPos(window_, left, top);
      break;
    }
  }
  if (place.maximized) glfwMaximizeWindow(window_);
}

void Window::fit_into_screen() {
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (monitor == nullptr) return;
  int x = 0, y = 0, most_width = 0, most_height = 0;
  glfwGetMonitorWorkarea(monitor, &x, &y, &most_width, &most_height);
  int width = 0, height = 0;
  glfwGetWindowSize(window_, &width, &height);
  if (most_width <= 0 || (width <= most_width && height <= most_height)) return;
  glfwSetWindowSize(window_, std::min(width, most_width), std::min(height, most_height));
}

}  // namespace tilework::client

// The window: GLFW and OpenGL 3 below ImGui. The main thread, but for wake() and close().
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "client/desktop/key_queue.h"
#include "client/document/settings.h"
#include "client/ui/damage.h"

struct GLFWwindow;

namespace tilework::client {

class Window {
 public:
  // On a denser screen than the usual the window gets larger, but not than the screen; nor is it out of
  // sight. Throws tilework::Error, in one line, where there is no display or no OpenGL 3.
  Window(const WindowPlace& place, bool dark);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Draws until the window is closed and `may_close` agrees. `frame` draws one frame with ImGui, and returns
  // how many seconds may pass until the next one if nothing happens.
  void run(const std::function<double()>& frame, const std::function<bool()>& may_close);
  // Ends run(). Any thread.
  void close();

  // Any thread: the next frame is drawn at once. Nothing is done without a window.
  static void wake();

  // What this frame drew isn't shown before then, unless the next one is drawn and isn't held.
  void hold_until(std::chrono::steady_clock::time_point time) { held_until_ = time; }

  std::vector<std::filesystem::path> take_dropped_files();
  void set_dark(bool dark);
  WindowPlace place();  // as the constructor takes it
  // Of the last frame, in milliseconds: what panels took, and what OpenGL took to draw and show it.
  double panel_milliseconds() const { return panel_milliseconds_; }
  double graphics_milliseconds() const { return graphics_milliseconds_; }
  // When this frame began, and when the last one was on the screen.
  std::chrono::steady_clock::time_point frame_begin() const { return frame_begin_; }
  std::chrono::steady_clock::time_point frame_end() const { return frame_end_; }

 private:
  void draw(const std::function<double()>& frame, double& pause);
  void take_keys();
  void paint();
  void show_all();
  void follow_scale();
  void put(const WindowPlace& place);
  void fit_into_screen();
  void note_place();

  GLFWwindow* window_ = nullptr;
  WindowPlace place_;   // when it wasn't maximized last
  bool moved_ = false;  // since then, or got another size
  bool dark_ = true;
  float scale_ = 1;
  std::atomic<bool> closed_ = false;
  bool keeps_painted_ = false;  // what is not painted again stays as it was
  Damage damage_;
  std::chrono::steady_clock::time_point held_until_{};
  bool is_held_ = false;
  int frames_due_ = 3;  // ImGui settles in some frames after each input
  KeyQueue keys_;
  std::vector<std::filesystem::path> dropped_;
  double panel_milliseconds_ = 0;
  double graphics_milliseconds_ = 0;
  std::chrono::steady_clock::time_point frame_begin_{};
  std::chrono::steady_clock::time_point frame_end_{};
};

}  // namespace tilework::client

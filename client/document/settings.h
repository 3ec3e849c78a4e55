// What the desktop client remembers between starts. A file that is damaged is as good as none.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/document/document.h"

namespace tilework::client {

struct WindowPlace {
  int width = 1400;  // screen coordinates, for a screen of usual density
  int height = 900;
  std::optional<std::array<int, 2>> corner = {};  // the upper left one, where the system tells
  bool maximized = false;                         // size and corner are those without
  friend bool operator==(const WindowPlace&, const WindowPlace&) = default;
};

struct Settings {
  WindowPlace window;
  bool dark = true;
  std::vector<std::string> recent_files;  // the newest first
  std::string masters;                    // that were used last, as --master takes them
  Steps recipe;                           // of the image that was looked at last
  std::string format = "same";            // of results: same as the image's, or a name
  int jpeg_quality = 95;
  std::string compression = "auto";  // of TIFF, and without loss for WebP: of results whose format is chosen,
  bool lossless = false;             // not of those that keep the image's
  std::string result_folder;         // empty: beside the image
};

// $XDG_CONFIG_HOME/tilework, else $HOME/.config/tilework. Empty when neither is known.
std::filesystem::path config_folder();

Settings read_settings(const std::filesystem::path& folder);
// Throws UserError.
void write_settings(const std::filesystem::path& folder, const Settings& settings);

// Puts files to the front, and forgets the oldest.
void remember_files(Settings& settings, const std::vector<std::filesystem::path>& files);

}  // namespace tilework::client

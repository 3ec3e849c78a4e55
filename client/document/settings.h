// What the desktop client remembers between starts. A file that is damaged is as good as none.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/document/document.h"

namespace tilework::client {

struct Settings {
  int window_width = 1400;  // screen coordinates
  int window_height = 900;
  bool dark = true;
  std::vector<std::string> recent_files;  // the newest first
  std::string masters;                    // that were used last, as --master takes them
  Steps recipe;                           // of the image that was looked at last
  std::string format = "same";            // of results: same as the image's, or a name
  int jpeg_quality = 95;
  std::string result_folder;  // empty: beside the image
};

// $XDG_CONFIG_HOME/tilework, else $HOME/.config/tilework. Empty when neither is known.
std::filesystem::path config_folder();

Settings read_settings(const std::filesystem::path& folder);
// Throws UserError.
void write_settings(const std::filesystem::path& folder, const Settings& settings);

// Puts files to the front, and forgets the oldest.
void remember_files(Settings& settings, const std::vector<std::filesystem::path>& files);

}  // namespace tilework::client

// Recipes as JSON: presets that users save and load, and what is remembered between starts. The same text
// may be written by hand.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "client/document/document.h"

namespace tilework::client {

struct Preset {
  std::string name;
  Steps steps;
  std::filesystem::path file;
  bool is_shipped = false;  // comes with the program: it can't be deleted
};

nlohmann::json to_json(const Steps& steps);
// Throws UserError that says what is wrong, and where.
Steps steps_from_json(const nlohmann::json& json);

// Presets of a folder by name; a folder that isn't there has none. What can't be read is left out, and told
// in `problems`.
std::vector<Preset> read_presets(const std::filesystem::path& folder, bool is_shipped,
                                 std::vector<std::string>& problems);

// Makes the folder if it must; replaces a preset of the same name. Throws UserError.
void write_preset(const std::filesystem::path& folder, const std::string& name, const Steps& steps);

// Replaces a file in one step, and makes its folder. Throws UserError.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace tilework::client

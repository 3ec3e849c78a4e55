#include "client/document/settings.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <nlohmann/json.hpp>

#include "client/document/preset.h"
#include "schema/model/storing.h"

namespace tilework::client {
namespace {

using nlohmann::json;

constexpr std::size_t most_recent_files = 20;
constexpr const char* file_name = "desktop.json";

}  // namespace

std::filesystem::path config_folder() {
  const auto of_variable = [](const char* name) {
    const char* value = std::getenv(name);
    const std::filesystem::path path = value == nullptr ? "" : value;
    return path.is_absolute() ? path : std::filesystem::path();
  };
  if (const auto config = of_variable("XDG_CONFIG_HOME"); !config.empty()) return config / "tilework";
  if (const auto home = of_variable("HOME"); !home.empty()) return home / ".config/tilework";
  return {};
}

Settings read_settings(const std::filesystem::path& folder) try {
  std::ifstream in(folder / file_name);
  const json from = json::parse(in);
  Settings settings;
  WindowPlace& window = settings.window;
  window.width = std::clamp(from.value("window_width", window.width), 400, 16384);
  window.height = std::clamp(from.value("window_height", window.height), 300, 16384);
  if (from.contains("window_corner")) window.corner = from.at("window_corner").get<std::array<int, 2>>();
  window.maximized = from.value("window_maximized", false);
  settings.dark = from.value("dark", settings.dark);
  settings.recent_files = from.value("recent_files", settings.recent_files);
  settings.masters = from.value("masters", settings.masters);
  settings.recipe = steps_from_json(from.value("recipe", json::array()));
  settings.format = from.value("format", settings.format);
  settings.jpeg_quality = std::clamp(from.value("jpeg_quality", settings.jpeg_quality), 1, 100);
  const std::string compression = from.value("compression", settings.compression);
  if (is_compression(compression)) settings.compression = compression;
  settings.lossless = from.value("lossless", settings.lossless);
  settings.result_folder = from.value("result_folder", settings.result_folder);
  return settings;
} catch (const std::exception&) {
  return {};
}

void write_settings(const std::filesystem::path& folder, const Settings& settings) {
  json to{{"window_width", settings.window.width},
          {"window_height", settings.window.height},
          {"window_maximized", settings.window.maximized},
          {"dark", settings.dark},
          {"recent_files", settings.recent_files},
          {"masters", settings.masters},
          {"recipe", to_json(settings.recipe)},
          {"format", settings.format},
          {"jpeg_quality", settings.jpeg_quality},
          {"compression", settings.compression},
          {"lossless", settings.lossless},
          {"result_folder", settings.result_folder}};
  if (settings.window.corner) to["window_corner"] = *settings.window.corner;
  write_file(folder / file_name, to.dump(2) + "\n");
}

void remember_files(Settings& settings, const std::vector<std::filesystem::path>& files) {
  auto& recent = settings.recent_files;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    const std::string text = std::filesystem::absolute(*file).lexically_normal().string();
    std::erase(recent, text);
    recent.insert(recent.begin(), text);
  }
  if (recent.size() > most_recent_files) recent.resize(most_recent_files);
}

}  // namespace tilework::client

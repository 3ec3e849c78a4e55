#include "client/document/preset.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json to_json(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* choice = std::get_if<std::string>(&value)) return *choice;
  const auto& colour = std::get<ColourValue>(value);
  return {{"red", colour.red}, {"green", colour.green}, {"blue", colour.blue}};
}

Value value_from_json(const json& from) {
  if (from.is_number()) return from.get<double>();
  if (from.is_boolean()) return from.get<bool>();
  if (from.is_string()) return from.get<std::string>();
  return ColourValue{from.at("blue").get<double>(), from.at("green").get<double>(),
                     from.at("red").get<double>()};
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A file's name that every system takes, and another one for each name.
std::string file_name_of(const std::string& name) {
  std::string file;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 4> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "_%02x", byte);
    file += std::isalnum(byte) != 0 ? std::string(1, c) : escaped.data();
  }
  return file + ".json";
}

}  // namespace

json to_json(const Steps& steps) {
  json list = json::array();
  for (const Step& step : steps) {
    json arguments = json::object();
    for (const auto& [name, value] : step.call.arguments) arguments[name] = to_json(value);
    list.push_back({{"filter", step.call.filter}, {"arguments", arguments}, {"enabled", step.enabled}});
  }
  return list;
}

Steps steps_from_json(const json& from) try {
  Steps steps;
  for (const auto& entry : from) {
    Step step;
    step.call.filter = entry.at("filter").get<std::string>();
    step.enabled = entry.value("enabled", true);
    const auto arguments = entry.value("arguments", json::object());
    for (const auto& [name, value] : arguments.items()) {
      step.call.arguments[name] = value_from_json(value);
    }
    steps.push_back(std::move(step));
  }
  return steps;
} catch (const json::exception& error) {
  throw UserError(std::string("this is no recipe: ") + error.what());
}

std::vector<Preset> read_presets(const fs::path& folder, bool is_shipped,
                                 std::vector<std::string>& problems) {
  std::vector<Preset> presets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json") continue;
    try {
      const auto preset = json::parse(text_of(entry.path()));
      presets.push_back({preset.at("name").get<std::string>(), steps_from_json(preset.at("recipe")),
                         entry.path(), is_shipped});
    } catch (const std::exception& wrong) {
      problems.push_back(entry.path().string() + " can't be read: " + wrong.what());
    }
  }
  std::ranges::sort(presets, {}, &Preset::name);
  return presets;
}

void write_preset(const fs::path& folder, const std::string& name, const Steps& steps) {
  if (name.empty()) throw UserError("a preset needs a name");
  write_file(folder / file_name_of(name), json{{"name", name}, {"recipe", to_json(steps)}}.dump(2) + "\n");
}

void write_file(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const fs::path fresh = file.string() + ".new";
  std::ofstream out(fresh, std::ios::binary);
  out << text;
  out.close();
  if (out) fs::rename(fresh, file, error);
  if (!out || error)
    throw UserError(file.string() + " can't be written: is there space, and may you write there?");
}

}  // namespace tilework::client

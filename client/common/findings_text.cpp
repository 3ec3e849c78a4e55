#include "client/common/findings_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <system_error>

#include <nlohmann/json.hpp>

#include "client/common/text.h"
#include "schema/model/error.h"

namespace tilework::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// As few digits as give the same number again, whatever the locale.
std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string csv(const std::vector<ImageFindings>& images) {
  std::string text = "image,label,left,top,width,height,score\n";
  for (const auto& [image, findings] : images) {
    for (const auto& [box, label, score] : *findings) {
      text += csv_field(image) + ',' + csv_field(label);
      for (const int part : {box.x, box.y, box.width, box.height}) text += ',' + std::to_string(part);
      text += ',' + number(score) + '\n';
    }
  }
  return text;
}

std::string json(const std::vector<ImageFindings>& images) {
  Json all = Json::array();
  for (const auto& [image, findings] : images) {
    for (const auto& [box, label, score] : *findings) {
      all.push_back({{"image", image},
                     {"label", label},
                     {"left", box.x},
                     {"top", box.y},
                     {"width", box.width},
                     {"height", box.height},
                     {"score", score}});
    }
  }
  return json_text(all);
}

}  // namespace

std::string findings_summary(const std::vector<Finding>& findings) {
  std::map<std::string, std::size_t> by_label;
  for (const auto& finding : findings) ++by_label[finding.label];
  const std::string text =
      std::to_string(findings.size()) + (findings.size() == 1 ? " finding" : " findings");
  if (by_label.size() < 2) return text;
  std::vector<std::pair<std::string, std::size_t>> labels(by_label.begin(), by_label.end());
  std::ranges::stable_sort(labels, std::ranges::greater{}, [](const auto& label) { return label.second; });
  std::string parts;
  for (const auto& [label, count] : labels) {
    parts += (parts.empty() ? "" : ", ") + std::to_string(count) + " " + label;
  }
  return text + " (" + parts + ")";
}

void check_findings_file(const fs::path& file) {
  if (file.extension() != ".csv" && file.extension() != ".json") {
    throw UserError(file.string() + ": findings are written as .csv or .json");
  }
  std::error_code error;
  if (file.has_parent_path() && !fs::is_directory(file.parent_path(), error)) {
    throw UserError(file.string() + " can't be written: there is no folder " + file.parent_path().string());
  }
}

std::string findings_text(const fs::path& file, const std::vector<ImageFindings>& images) {
  return file.extension() == ".csv" ? csv(images) : json(images);
}

}  // namespace tilework::cli

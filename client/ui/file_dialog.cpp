#include "client/ui/file_dialog.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <imgui.h>
#include <imgui_stdlib.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"
#include "schema/model/image_format.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<fs::path>;

const char* title_of(FileDialog::Purpose purpose) {
  if (purpose == FileDialog::Purpose::open_images) return "Open images";
  return purpose == FileDialog::Purpose::save_file ? "Save the result" : "Choose a folder";
}

fs::path home() {
  const char* value = std::getenv("HOME");
  return value == nullptr ? fs::path("/") : fs::path(value);
}

}  // namespace

void FileDialog::open(Purpose purpose, const fs::path& start, std::vector<std::string> extensions) {
  purpose_ = purpose;
  extensions_ = std::move(extensions);
  is_open_ = opens_ = true;
  typed_ = purpose == Purpose::save_file ? start.filename().string() : "";
  name_changed();
  std::error_code error;
  if (!start.empty()) {
    go_to(fs::is_directory(start, error) ? start : start.parent_path());
  } else {
    go_to(folder_.empty() ? fs::current_path(error) : folder_);
  }
}

void FileDialog::go_to(const fs::path& folder) {
  chosen_.clear();
  name_changed();
  std::error_code error;
  std::vector<Entry> entries;
  fs::directory_iterator list(folder, error);
  if (error) {
    problem_ = folder.string() + " can't be shown: " + error.message();
    return;
  }
  for (const auto& entry : list) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    const bool is_folder = entry.is_directory(ignored);
    entries.push_back({name, is_folder, is_folder ? 0 : entry.file_size(ignored)});
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    return lower_case(a.name) < lower_case(b.name);
  });
  folder_ = fs::absolute(folder).lexically_normal();
  entries_ = std::move(entries);
}

std::optional<Files> FileDialog::draw(const std::vector<std::string>& recent_files) {
  const char* title = title_of(purpose_);
  if (std::exchange(opens_, false)) ImGui::OpenPopup(title);
  if (!is_open_) return std::nullopt;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({std::min(screen.x * 0.92F, scaled(900)), std::min(screen.y * 0.9F, scaled(600))});
  bool open = true;
  std::optional<Files> result;
  if (ImGui::BeginPopupModal(title, &open, ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove)) {
    if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape))) open = false;
    const float foot = ImGui::GetFrameHeightWithSpacing() * 2 + scaled(12);
    ImGui::BeginChild("places", {scaled(210), -foot});
    draw_places(recent_files);
    ImGui::EndChild();
    ImGui::SameLine();
    ImGui::BeginChild("entries", {0, -foot});
    result = draw_entries();
    ImGui::EndChild();
    if (!problem_.empty()) {
      note(problem_, palette().bad);
    } else {
      note(purpose_ == Purpose::open_images ? "Ctrl-click chooses several." : folder_.string());
    }
    ImGui::SetNextItemWidth(-scaled(230));
    if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
    const bool entered =
        ImGui::InputTextWithHint("##typed", purpose_ == Purpose::open_images ? "Or type a path" : "Name",
                                 &typed_, ImGuiInputTextFlags_EnterReturnsTrue);
    name_item("dialog/path");
    if (ImGui::IsItemEdited() && !replaced_.empty()) name_changed();
    ImGui::SameLine();
    if (ImGui::Button("Cancel", {scaled(100), 0})) open = false;
    ImGui::SameLine();
    const bool ready = purpose_ == Purpose::choose_folder || !typed_.empty() || !chosen_.empty();
    ImGui::BeginDisabled(!ready);
    const bool pressed = main_button(purpose_ == Purpose::open_images ? "Open"
                                     : !replaced_.empty()             ? "Replace"
                                     : purpose_ == Purpose::save_file ? "Save"
                                                                      : "Choose",
                                     {scaled(110), 0});
    name_item("dialog/accept");
    ImGui::EndDisabled();
    if (pressed || entered) result = accept();
    if (result) open = false;
    if (!open) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  if (!open) is_open_ = false;
  return result;
}

void FileDialog::draw_places(const std::vector<std::string>& recent_files) {
  note("Places");
  if (ImGui::Selectable("Home")) go_to(home());
  if (ImGui::Selectable("Computer")) go_to("/");
  if (recent_files.empty()) return;
  ImGui::Spacing();
  note("Recent");
  for (const auto& file : recent_files) {
    const fs::path path = file;
    if (ImGui::Selectable((path.filename().string() + "##" + file).c_str(), false,
                          ImGuiSelectableFlags_DontClosePopups)) {
      go_to(path.parent_path());
      chosen_ = {path.filename().string()};
      typed_ = purpose_ == Purpose::open_images ? "" : path.filename().string();
    }
    tooltip(file);
  }
}

std::optional<Files> FileDialog::draw_entries() {
  if (sign_button("dialog/up", Sign::up, "The folder above")) {
    const fs::path above = folder_.parent_path();
    go_to(above);
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(folder_.c_str());
  if (purpose_ == Purpose::open_images) {
    ImGui::SameLine(ImGui::GetContentRegionMax().x - scaled(96));
    checkbox("All files", &all_files_);
  }
  std::optional<Files> result;
  std::optional<fs::path> next;
  ImGui::BeginChild("list");
  for (const auto& entry : entries_) {
    if (!entry.is_folder && purpose_ == Purpose::choose_folder) continue;
    if (!entry.is_folder && purpose_ == Purpose::open_images && !all_files_ &&
        format_of_name(entry.name).empty())
      continue;
    const bool chosen = chosen_.contains(entry.name);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImGui::PushID(entry.name.c_str());
    if (ImGui::Selectable("##entry", chosen,
                          ImGuiSelectableFlags_AllowDoubleClick | ImGuiSelectableFlags_DontClosePopups,
                          {0, ImGui::GetTextLineHeight() + scaled(4)})) {
      const bool twice = ImGui::IsMouseDoubleClicked(0);
      if (entry.is_folder) {
        if (twice || purpose_ != Purpose::choose_folder) next = folder_ / entry.name;
        chosen_ = {entry.name};
      } else {
        if (!ImGui::GetIO().KeyCtrl) chosen_.clear();
        if (chosen && ImGui::GetIO().KeyCtrl) {
          chosen_.erase(entry.name);
        } else {
          chosen_.insert(entry.name);
        }
        if (purpose_ == Purpose::save_file && typed_ != entry.name) {
          typed_ = entry.name;
          name_changed();
        }
        if (twice) result = accept();
      }
    }
    name_item("dialog/entry/" + entry.name);
    auto& list = *ImGui::GetWindowDrawList();
    const float line = ImGui::GetTextLineHeight();
    if (entry.is_folder) {
      draw_sign(list, Sign::folder, {from.x + scaled(12), from.y + line / 2 + scaled(1)}, scaled(14),
                colour(palette().accent));
    }
    list.AddText({from.x + scaled(28), from.y + scaled(1)}, colour(palette().text), entry.name.c_str());
    if (!entry.is_folder) {
      const std::string size = bytes_text(entry.bytes);
      const float right =
          from.x + ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(size.c_str()).x - scaled(6);
      list.AddText({right, from.y + scaled(1)}, colour(palette().dim), size.c_str());
    }
    ImGui::PopID();
  }
  ImGui::EndChild();
  if (next) go_to(*next);
  return result;
}

// What was said and asked was of another name.
void FileDialog::name_changed() {
  problem_.clear();
  replaced_.clear();
}

// Whether the name says what the file is, and replaces nothing that the user wasn't asked about.
bool FileDialog::may_save(fs::path& file) {
  const std::string extension = lower_case(file.extension().string());
  if (!extensions_.empty() && std::ranges::find(extensions_, extension) == extensions_.end()) {
    if (!format_of_name(file).empty()) {
      problem_ = "this file's name has to end in " + extensions_.front() + ", not in " + extension;
      if (!format_of_name("result" + extensions_.front()).empty()) {
        problem_ += "; for another format, choose it above \"Convert\" and convert again";
      }
      return false;
    }
    file += extensions_.front();
    typed_ += extensions_.front();
  }
  std::error_code error;
  if (!fs::exists(file, error) || replaced_ == file) return true;
  replaced_ = file;
  problem_ = file.string() + " exists already: replace it, or type another name";
  return false;
}

std::optional<Files> FileDialog::accept() {
  std::error_code error;
  if (!typed_.empty()) {
    fs::path path = typed_;
    if (typed_.starts_with("~/")) path = home() / typed_.substr(2);
    if (path.is_relative()) path = folder_ / path;
    if (fs::is_directory(path, error) && purpose_ != Purpose::choose_folder) {
      typed_.clear();
      go_to(path);
      return std::nullopt;
    }
    if (purpose_ == Purpose::open_images && !fs::exists(path, error)) {
      problem_ = path.string() + " doesn't exist";
      return std::nullopt;
    }
    if (purpose_ == Purpose::save_file && !fs::is_directory(path.parent_path(), error)) {
      problem_ = "the folder " + path.parent_path().string() + " doesn't exist";
      return std::nullopt;
    }
    if (purpose_ == Purpose::save_file && !may_save(path)) return std::nullopt;
    return Files{path};
  }
  Files files;
  for (const auto& name : chosen_) files.push_back(folder_ / name);
  if (purpose_ == Purpose::choose_folder && files.empty()) files.push_back(folder_);
  return files.empty() ? std::nullopt : std::optional(files);
}

}  // namespace tilework::client

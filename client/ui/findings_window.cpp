#include "client/ui/findings_window.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

constexpr std::array columns{"Label", "Left", "Top", "Width", "Height", "Score"};

bool comes_before(const Finding& a, const Finding& b, int column) {
  switch (column) {
    case 0:
      return a.label < b.label;
    case 1:
      return a.box.x < b.box.x;
    case 2:
      return a.box.y < b.box.y;
    case 3:
      return a.box.width < b.box.width;
    case 4:
      return a.box.height < b.box.height;
    default:
      return a.score < b.score;
  }
}

std::string score_text(double score) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", score);
  return text.data();
}

}  // namespace

std::shared_ptr<const std::vector<Finding>> findings_of(const Model& model) {
  const ImageEntry* image = model.current();
  const ImageView* view = image != nullptr ? model.view_of(image->id) : nullptr;
  return view != nullptr && view->conversion ? view->conversion->findings : nullptr;
}

void FindingsWindow::mark(std::size_t finding) {
  marked_ = finding;
  scrolls_to_marked_ = true;
}

void FindingsWindow::follow(const std::shared_ptr<const std::vector<Finding>>& findings) {
  if (findings == findings_) return;
  findings_ = findings;
  marked_.reset();
  label_.clear();
  count_by_label_.clear();
  rows_are_old_ = true;
  if (findings_ == nullptr) return;
  for (const Finding& finding : *findings_) ++count_by_label_[finding.label];
}

void FindingsWindow::choose_rows() {
  if (!std::exchange(rows_are_old_, false)) return;
  rows_.clear();
  for (std::size_t i = 0; i < findings_->size(); ++i) {
    if (label_.empty() || (*findings_)[i].label == label_) rows_.push_back(static_cast<std::uint32_t>(i));
  }
  if (sorted_by_ < 0) return;
  std::ranges::stable_sort(rows_, [&](std::uint32_t a, std::uint32_t b) {
    if (descending_) std::swap(a, b);
    return comes_before((*findings_)[a], (*findings_)[b], sorted_by_);
  });
}

void FindingsWindow::draw(const Model& model) {
  follow(findings_of(model));
  if (!open_) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowSize({std::min(scaled(520), screen.x * 0.9F), std::min(scaled(420), screen.y * 0.8F)},
                           ImGuiCond_FirstUseEver);
  ImGui::SetNextWindowPos({scaled(180), screen.y - scaled(60)}, ImGuiCond_FirstUseEver, {0, 1});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, scaled(8));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  if (ImGui::Begin("Findings", &open_, ImGuiWindowFlags_NoCollapse)) {
    if (findings_ == nullptr) {
      note("Detectors look when an image is converted: add one to the recipe, and convert the image.");
    } else if (findings_->empty()) {
      note("Nothing was found.");
    } else {
      draw_labels();
      const ImageView* view = model.view_of(model.current()->id);
      if (view->conversion->is_stale) {
        note("The recipe was changed since: convert the image again.", palette().warn);
      }
      draw_table();
    }
  }
  ImGui::End();
  ImGui::PopStyleVar(2);
}

void FindingsWindow::draw_labels() {
  const auto choice = [](const std::string& label, std::size_t count) {
    return (label.empty() ? "All" : label) + "  " + std::to_string(count);
  };
  const std::size_t shown = label_.empty() ? findings_->size() : count_by_label_[label_];
  ImGui::SetNextItemWidth(scaled(220));
  if (ImGui::BeginCombo("##label", choice(label_, shown).c_str())) {
    const auto offer = [&](const std::string& label, std::size_t count) {
      if (!ImGui::Selectable(choice(label, count).c_str(), label == label_)) return;
      label_ = label;
      rows_are_old_ = true;
    };
    offer("", findings_->size());
    for (const auto& [label, count] : count_by_label_) offer(label, count);
    ImGui::EndCombo();
  }
  name_item("findings/label");
  ImGui::SameLine();
  if (ImGui::Button("Save table...")) wants_to_save_ = true;
  name_item("findings/save");
  tooltip("All of them, as .csv or .json");
}

void FindingsWindow::draw_table() {
  constexpr ImGuiTableFlags flags = ImGuiTableFlags_Sortable | ImGuiTableFlags_SortTristate |
                                    ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                    ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("findings", static_cast<int>(columns.size()), flags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const char* column : columns) ImGui::TableSetupColumn(column);
  if (ImGuiTableSortSpecs* sort = ImGui::TableGetSortSpecs(); sort != nullptr && sort->SpecsDirty) {
    sorted_by_ = sort->SpecsCount > 0 ? sort->Specs[0].ColumnIndex : -1;
    descending_ = sort->SpecsCount > 0 && sort->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    rows_are_old_ = true;
    sort->SpecsDirty = false;
  }
  choose_rows();
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows_.size()));
  if (std::exchange(scrolls_to_marked_, false)) {
    const auto found = std::ranges::find(rows_, static_cast<std::uint32_t>(*marked_));
    const auto row = static_cast<float>(found - rows_.begin());
    ImGui::SetScrollY((row - 3) * ImGui::GetTextLineHeightWithSpacing());
  }
  while (clipper.Step()) {
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
      draw_row(rows_[static_cast<std::size_t>(row)]);
      if (row == 0) name_item("findings/first");
    }
  }
  ImGui::EndTable();
}

void FindingsWindow::draw_row(std::size_t finding) {
  const auto& [box, label, score] = (*findings_)[finding];
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(finding));
  if (ImGui::Selectable(label.c_str(), marked_ == finding, ImGuiSelectableFlags_SpanAllColumns)) {
    marked_ = finding;
    wants_to_see_ = box;
  }
  ImGui::PopID();
  for (const int number : {box.x, box.y, box.width, box.height}) {
    ImGui::TableNextColumn();
    ImGui::Text("%d", number);
  }
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(score_text(score).c_str());
}

}  // namespace tilework::client

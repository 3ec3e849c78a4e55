// The app's frame: where the panels lie, the dialogs, and the shortcuts.
#include <algorithm>

#include <GLFW/glfw3.h>
#include <imgui.h>

#include "client/desktop/app.h"
#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

constexpr ImGuiWindowFlags fixed = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                   ImGuiWindowFlags_NoNavFocus;

bool pressed(int key, bool repeats = false) {
  return ImGui::IsKeyPressed(key, repeats);
}

}  // namespace

void App::draw_panels(const Model& model, Intents& intents) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float foot = scaled(30);
  const float left = std::clamp(screen.x * 0.14F, scaled(150), scaled(210));
  const float right = std::clamp(screen.x * 0.27F, scaled(300), scaled(400));
  const float height = screen.y - foot;

  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize({left, height});
  if (ImGui::Begin("##images", nullptr, fixed)) strip_.draw(model, intents);
  ImGui::End();

  ImGui::SetNextWindowPos({left, 0});
  ImGui::SetNextWindowSize({screen.x - left - right, height});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  const bool has_viewport = ImGui::Begin("##viewport", nullptr, fixed | ImGuiWindowFlags_NoBackground);
  ImGui::PopStyleVar();  // tooltips have their own
  if (has_viewport) viewport_.draw(model, intents);
  ImGui::End();

  ImGui::SetNextWindowPos({screen.x - right, 0});
  ImGui::SetNextWindowSize({right, height});
  if (ImGui::Begin("##recipe", nullptr, fixed)) {
    histogram_.draw(model);
    ImGui::Spacing();
    const auto converted = std::ranges::count_if(
        model.images, [](const auto& image) { return image.second.conversion.has_value(); });
    const ImageView* current = model.current() != nullptr ? model.view_of(model.current()->id) : nullptr;
    const bool pictured = current != nullptr && current->conversion && current->conversion->picture != 0;
    const float wanted = scaled((pictured        ? 406.0F
                                 : converted > 0 ? 290.0F
                                                 : 150.0F) +
                                (converted > 1 ? 26.0F : 0.0F));
    // In a low window both scroll.
    const float below = std::min(wanted, ImGui::GetContentRegionAvail().y * 0.62F);
    ImGui::BeginChild("recipe", {0, -below});
    recipe_.draw(model, intents);
    ImGui::EndChild();
    ImGui::Separator();
    ImGui::BeginChild("convert");
    convert_.draw(model, intents);
    ImGui::EndChild();
  }
  ImGui::End();

  ImGui::SetNextWindowPos({0, height});
  ImGui::SetNextWindowSize({screen.x, foot});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {scaled(10), scaled(3)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
  if (ImGui::Begin("##status", nullptr, fixed)) draw_status_line(model);
  ImGui::End();
  ImGui::PopStyleVar(2);

  cluster_.draw(model, intents);
  draw_findings(model);
  shortcuts_.draw();
}

// The table and the boxes over the picture show the same.
void App::draw_findings(const Model& model) {
  if (viewport_.wants_findings()) findings_.toggle();
  if (const auto clicked = viewport_.clicked_finding()) findings_.mark(*clicked);
  findings_.draw(model);
  viewport_.mark_finding(findings_.marked());
  if (const auto box = findings_.wants_to_see()) viewport_.look_at(*box);
  if (const ImageEntry* image = model.current(); image != nullptr && findings_.wants_to_save()) {
    saves_findings_ = true;
    dialog_.open(
        FileDialog::Purpose::save_file,
        std::filesystem::path(settings_.result_folder) / (image->path.stem().string() + "-findings.csv"),
        {".csv", ".json"});
  }
}

void App::draw_status_line(const Model& model) {
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {scaled(6), scaled(2)});
  auto& list = *ImGui::GetWindowDrawList();
  const bool has_master = std::ranges::any_of(model.cluster.masters, &MasterView::is_current);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float middle = at.y + ImGui::GetFrameHeight() / 2;
  list.AddCircleFilled({at.x + scaled(6), middle}, scaled(4),
                       colour(has_master ? palette().good : palette().warn), 16);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + scaled(16));
  ImGui::PushFont(fonts().small);
  const float width = scaled(150);  // of the buttons at the right, which long texts make way for
  const float buttons = std::max(ImGui::GetContentRegionMax().x - width, 0.0F);
  ImGui::PushClipRect(at, {buttons - scaled(8), at.y + ImGui::GetFrameHeight()}, true);
  const std::string connection = "Cluster: " + model.connection;
  if (ImGui::SmallButton(connection.c_str())) cluster_.toggle();
  name_item("status/cluster");
  tooltip("Masters, workers and filters (Ctrl+K)");
  if (!model.notices.empty()) {
    const Notice& notice = model.notices.back();
    const ImVec4 ink = notice.kind == Notice::Kind::trouble   ? palette().bad
                       : notice.kind == Notice::Kind::success ? palette().good
                                                              : palette().text;
    ImGui::SameLine(0, scaled(24));
    ImGui::TextColored(ink, "%s", notice.text.c_str());
    tooltip(notice.text);
  }
  ImGui::PopClipRect();
  ImGui::SameLine(buttons);
  if (ImGui::SmallButton(settings_.dark ? "Light" : "Dark")) {
    settings_.dark = !settings_.dark;
    window_.set_dark(settings_.dark);
  }
  name_item("status/theme");
  ImGui::SameLine();
  if (ImGui::SmallButton("Shortcuts")) shortcuts_.toggle();
  name_item("status/shortcuts");
  ImGui::PopFont();
  ImGui::PopStyleVar();
}

void App::draw_dialogs(const Model& model, Intents& intents) {
  if (strip_.wants_dialog()) dialog_.open(FileDialog::Purpose::open_images);
  if (const auto id = convert_.wants_save_as()) {
    if (const ImageEntry* image = history_.now().find(*id)) ask_where_to_save(*image);
  }
  if (convert_.wants_folder()) {
    saves_all_ = true;
    dialog_.open(FileDialog::Purpose::choose_folder, settings_.result_folder);
  }
  const auto files = dialog_.draw(settings_.recent_files);
  if (files && saves_findings_) {
    if (model.current() != nullptr) intents.push_back(SaveFindings{model.current()->id, files->front()});
  } else if (files && saves_image_) {
    settings_.result_folder = files->front().parent_path();
    intents.push_back(SaveResultAs{*saves_image_, files->front()});
  } else if (files && saves_all_) {
    settings_.result_folder = files->front();
    intents.push_back(SaveResults{unsaved_results(model), files->front()});
  } else if (files) {
    intents.push_back(Edit{AddImages{*files}});
  }
  if (!dialog_.is_open()) {
    saves_image_.reset();
    saves_all_ = false;
    saves_findings_ = false;
  }
}

void App::ask_where_to_save(const ImageEntry& image) {
  saves_image_ = image.id;
  dialog_.open(FileDialog::Purpose::save_file, conversions_.proposed_name(image, settings_.result_folder),
               conversions_.extensions(image));
}

void App::use_shortcuts(const Model& model, Intents& intents) {
  const ImGuiIO& io = ImGui::GetIO();
  viewport_.hold_input(!io.WantTextInput && !dialog_.is_open() && ImGui::IsKeyDown(GLFW_KEY_SPACE));
  if (dialog_.is_open()) return;
  const auto& document = model.document();
  if (io.KeyCtrl) {
    if (pressed(GLFW_KEY_Z, true)) intents.push_back(io.KeyShift ? Intent(Redo{}) : Intent(Undo{}));
    if (pressed(GLFW_KEY_Y, true)) intents.push_back(Redo{});
    if (pressed(GLFW_KEY_O)) dialog_.open(FileDialog::Purpose::open_images);
    if (pressed(GLFW_KEY_W) && document.current) intents.push_back(Edit{CloseImage{*document.current}});
    if (pressed(GLFW_KEY_K)) cluster_.toggle();
    if (pressed(GLFW_KEY_Q)) intents.push_back(Quit{});
    if (pressed(GLFW_KEY_T)) {
      settings_.dark = !settings_.dark;
      window_.set_dark(settings_.dark);
    }
    if (pressed(GLFW_KEY_ENTER) && model.is_connected) intents.push_back(Convert{ready_to_convert(model)});
    if (pressed(GLFW_KEY_S) && document.current) {
      const ImageEntry* image = document.current_image();
      if (conversions_.result_of(image->id).empty()) {
        tell(Notice::Kind::trouble, "There is no result to save yet: convert the image first (Ctrl+Enter)");
        return;
      }
      ask_where_to_save(*image);
    }
    return;
  }
  if (pressed(GLFW_KEY_F1)) shortcuts_.toggle();
  if (io.WantTextInput) return;
  if (pressed(GLFW_KEY_A)) recipe_.open_picker();
  if (pressed(GLFW_KEY_F)) viewport_.fit();
  if (pressed(GLFW_KEY_1)) viewport_.zoom_to(1);
  if (pressed(GLFW_KEY_C)) viewport_.toggle_split();
  if (pressed(GLFW_KEY_B)) viewport_.toggle_boxes();
  if (pressed(GLFW_KEY_R)) viewport_.toggle_result_file();
  if (pressed(GLFW_KEY_T)) findings_.toggle();
  if (pressed(GLFW_KEY_EQUAL, true) || pressed(GLFW_KEY_KP_ADD, true)) viewport_.zoom_by(1.25);
  if (pressed(GLFW_KEY_MINUS, true) || pressed(GLFW_KEY_KP_SUBTRACT, true)) viewport_.zoom_by(0.8);
  const int step = (pressed(GLFW_KEY_PAGE_DOWN, true) ? 1 : 0) - (pressed(GLFW_KEY_PAGE_UP, true) ? 1 : 0);
  if (step != 0 && document.current) {
    const auto now = std::ranges::find(document.images, *document.current, &ImageEntry::id);
    const auto place = (now - document.images.begin()) + step;
    if (place >= 0 && place < static_cast<std::ptrdiff_t>(document.images.size())) {
      intents.push_back(Edit{ShowImage{document.images[static_cast<std::size_t>(place)].id}});
    }
  }
}

}  // namespace tilework::client

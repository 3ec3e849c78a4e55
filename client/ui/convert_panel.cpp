#include "client/ui/convert_panel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

struct Choice {
  const char* name;
  const char* label;
};
constexpr std::array<Choice, 7> formats{{{"same", "As the original"},
                                         {"jpeg", "JPEG"},
                                         {"png", "PNG"},
                                         {"tiff", "TIFF"},
                                         {"webp", "WebP"},
                                         {"bmp", "BMP"},
                                         {"gif", "GIF"}}};
// Pages of black and white (ccitt) are left to the command line.
constexpr std::array<Choice, 7> tiff_compressions{{{"auto", "As the original"},
                                                   {"none", "Uncompressed"},
                                                   {"lzw", "LZW"},
                                                   {"deflate", "Deflate"},
                                                   {"zstd", "Zstandard"},
                                                   {"packbits", "PackBits"},
                                                   {"jpeg", "JPEG"}}};

const char* label_of_choice(std::span<const Choice> choices, const std::string& name) {
  const auto found = std::ranges::find(choices, name, &Choice::name);
  return found == choices.end() ? choices.front().label : found->label;
}

// Whether another one was chosen. `place` names the item.
bool choice(const char* id, std::span<const Choice> choices, std::string& chosen, const std::string& place) {
  bool changed = false;
  if (ImGui::BeginCombo(id, label_of_choice(choices, chosen))) {
    for (const auto& choice : choices) {
      if (ImGui::Selectable(choice.label, chosen == choice.name)) {
        chosen = choice.name;
        changed = true;
      }
      name_item(place + "/" + choice.name);
    }
    ImGui::EndCombo();
  }
  name_item(place);
  return changed;
}

// Of the original's format nothing is known here.
bool has_quality(const Settings& settings) {
  const auto& format = settings.format;
  return format == "same" || format == "jpeg" || (format == "webp" && !settings.lossless) ||
         (format == "tiff" && settings.compression == "jpeg");
}

// Why an image can't be converted now; empty if it can.
std::string obstacle(const Model& model, ImageId id) {
  const ImageEntry* image = model.document().find(id);
  const ImageView* view = model.view_of(id);
  if (image == nullptr || view == nullptr) return "It can't be opened.";
  if (view->error) {
    return view->error->fault() == Fault::unreachable ? "No master can be reached." : "It can't be opened.";
  }
  if (view->damage) return "It is damaged.";
  if (view->conversion && view->conversion->is_active()) return "It is being converted.";
  const Recipe recipe = recipe_of(image->steps);
  if (recipe.empty()) return "Add a filter first.";
  if (!model.filters_known) return "";
  for (const auto& call : recipe) {
    if (model.filter(call.filter) == nullptr)
      return "The cluster has no filter \"" + call.filter + "\": switch it off, or remove it.";
  }
  return "";
}

std::vector<ImageId> chosen_or_current(const Document& document) {
  if (!document.chosen.empty()) return {document.chosen.begin(), document.chosen.end()};
  if (document.current) return {*document.current};
  return {};
}

}  // namespace

std::vector<ImageId> ready_to_convert(const Model& model) {
  std::vector<ImageId> ready;
  for (const ImageId id : chosen_or_current(model.document())) {
    if (obstacle(model, id).empty()) ready.push_back(id);
  }
  return ready;
}

std::vector<ImageId> unsaved_results(const Model& model) {
  std::vector<ImageId> unsaved;
  for (const auto& image : model.document().images) {
    const ImageView* view = model.view_of(image.id);
    if (view != nullptr && view->conversion && view->conversion->is_unsaved()) unsaved.push_back(image.id);
  }
  return unsaved;
}

void ConvertPanel::draw(const Model& model, Intents& intents) {
  heading("Convert");
  draw_settings(model, intents);
  const auto& document = model.document();
  const auto images = chosen_or_current(document);
  const auto ready = ready_to_convert(model);
  const bool several = images.size() > 1;
  const std::string label = several ? "Convert " + std::to_string(ready.size()) +
                                          (ready.size() == 1 ? " chosen image" : " chosen images")
                                    : "Convert this image";
  ImGui::BeginDisabled(ready.empty() || !model.is_connected);
  if (main_button((label + "###convert").c_str(), {-1, 0})) intents.push_back(Convert{ready});
  name_item("convert/start");
  ImGui::EndDisabled();
  draw_obstacle(model, images);
  draw_picture(model);
  draw_progress(model, intents);
}

// Why an image is left out: the first one, if there are several.
void ConvertPanel::draw_obstacle(const Model& model, const std::vector<ImageId>& images) {
  for (const ImageId id : images) {
    const ImageView* view = model.view_of(id);
    const std::string why = obstacle(model, id);
    if (why.empty() || (view != nullptr && view->conversion && view->conversion->is_active())) continue;
    note(images.size() > 1 ? model.document().find(id)->name + " is left out. " + why : why);
    name_item("convert/obstacle");
    return;
  }
}

// What is there of the current image's result, which fills while it is converted.
void ConvertPanel::draw_picture(const Model& model) {
  const ImageEntry* image = model.current();
  const ImageView* view = image != nullptr ? model.view_of(image->id) : nullptr;
  if (view == nullptr || !view->conversion || view->conversion->picture == 0) return;
  const Conversion& conversion = *view->conversion;
  const float room = ImGui::GetContentRegionAvail().x;
  const float scale = std::min(room / conversion.picture_width, scaled(110) / conversion.picture_height);
  const ImVec2 size{conversion.picture_width * scale, conversion.picture_height * scale};
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (room - size.x) / 2);
  ImGui::Image(reinterpret_cast<void*>(conversion.picture), size);
  name_item("convert/picture");
}

void ConvertPanel::draw_settings(const Model& model, Intents& intents) {
  Settings settings = model.settings;
  bool changed = draw_format(settings);
  ImGui::SameLine();
  changed |= draw_quality(settings);
  changed |= draw_storing(settings);
  if (changed) intents.push_back(ChangeSettings{settings});
}

bool ConvertPanel::draw_format(Settings& settings) {
  ImGui::SetNextItemWidth(scaled(150));
  const bool changed = choice("##format", formats, settings.format, "convert/format");
  tooltip("The results' file format");
  return changed;
}

bool ConvertPanel::draw_quality(Settings& settings) {
  ImGui::SetNextItemWidth(-1);
  double quality = settings.jpeg_quality;
  ImGui::BeginDisabled(!has_quality(settings));
  const bool changed = slider("##quality", &quality, 1, 100, {0, "Quality", {}});
  if (changed) settings.jpeg_quality = static_cast<int>(std::lround(std::clamp(quality, 1.0, 100.0)));
  ImGui::EndDisabled();
  name_item("convert/quality");
  tooltip("Of JPEG and WebP results: 95 is hard to tell from the original. Other formats lose nothing.");
  return changed;
}

// What one format alone leaves to choose; nothing for the others.
bool ConvertPanel::draw_storing(Settings& settings) {
  bool changed = false;
  if (settings.format == "webp") {
    changed = ImGui::Checkbox("Lossless", &settings.lossless);
    name_item("convert/lossless");
    tooltip("Keeps every pixel as it is. Such files are larger.");
  } else if (settings.format == "tiff") {
    ImGui::SetNextItemWidth(scaled(150));
    changed = choice("##compression", tiff_compressions, settings.compression, "convert/compression");
    tooltip("How TIFF files store pixels. All but JPEG lose nothing.");
  }
  return changed;
}

void ConvertPanel::draw_progress(const Model& model, Intents& intents) {
  const auto& document = model.document();
  const auto unsaved = unsaved_results(model);
  std::vector<ImageId> failed;
  int done = 0, total = 0;
  for (const auto& image : document.images) {
    const ImageView* view = model.view_of(image.id);
    if (view == nullptr || !view->conversion) continue;
    ++total;
    const Conversion& conversion = *view->conversion;
    if (!conversion.is_active()) ++done;
    if (conversion.state == Conversion::State::failed) failed.push_back(image.id);
  }
  if (total == 0) return;
  if (total > 1) note(std::to_string(done) + " of " + std::to_string(total) + " are done");
  const float height =
      std::min(scaled(150), static_cast<float>(total) * (ImGui::GetFrameHeightWithSpacing() + scaled(18)));
  ImGui::BeginChild("progress", {0, height});
  for (const auto& image : document.images) {
    const ImageView* view = model.view_of(image.id);
    if (view == nullptr || !view->conversion) continue;
    const Conversion& conversion = *view->conversion;
    ImGui::PushID(static_cast<int>(image.id));
    const float buttons = ImGui::GetFrameHeight() + scaled(70);
    if (conversion.is_active()) {
      std::string text = image.name;
      if (conversion.state == Conversion::State::waiting) text += "   waiting";
      if (conversion.seconds_left) text += "   " + seconds_text(*conversion.seconds_left) + " left";
      ImGui::ProgressBar(static_cast<float>(conversion.fraction), {-buttons, 0}, text.c_str());
      ImGui::SameLine();
      if (ImGui::Button("Cancel", {-1, 0})) intents.push_back(CancelConversion{image.id});
      name_item("convert/cancel/" + image.name);
    } else if (conversion.has_result()) {
      const bool saved = !conversion.saved.empty();
      const std::string what = saved ? "Saved as " + conversion.saved.filename().string()
                                     : "Done in " + seconds_text(conversion.seconds);
      ImGui::AlignTextToFramePadding();
      ImGui::TextColored(palette().good, "%s", image.name.c_str());
      ImGui::SameLine();
      note(what);
      if (!saved) {
        ImGui::SameLine(ImGui::GetContentRegionMax().x - buttons + scaled(8));
        if (ImGui::Button("Save...", {-1, 0})) wants_save_as_ = image.id;
        name_item("convert/save/" + image.name);
      }
      if (!conversion.text.empty()) note(conversion.text, palette().warn);
    } else {
      const bool cancelled = conversion.state == Conversion::State::cancelled;
      ImGui::AlignTextToFramePadding();
      ImGui::TextColored(cancelled ? palette().dim : palette().bad, "%s  %s", image.name.c_str(),
                         cancelled ? "cancelled" : "failed");
      ImGui::SameLine(ImGui::GetContentRegionMax().x - buttons + scaled(8));
      if (ImGui::Button("Retry", {-1, 0})) intents.push_back(Convert{{image.id}});
      name_item("convert/retry/" + image.name);
      if (!cancelled) note(conversion.text, palette().bad);
    }
    ImGui::PopID();
  }
  ImGui::EndChild();
  ImGui::BeginDisabled(unsaved.empty());
  if (ImGui::Button("Save beside the originals")) intents.push_back(SaveResults{unsaved, {}});
  name_item("convert/save-all");
  ImGui::SameLine();
  if (ImGui::Button("Save all in...")) wants_folder_ = true;
  name_item("convert/save-all-in");
  ImGui::EndDisabled();
  if (failed.size() > 1) {
    ImGui::SameLine();
    if (ImGui::Button("Retry all")) intents.push_back(Convert{failed});
  }
}

}  // namespace tilework::client

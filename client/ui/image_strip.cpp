#include "client/ui/image_strip.h"

#include <algorithm>

#include <imgui.h>

#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

// Text that fits into the width, with dots where it was cut.
std::string fitted(const std::string& text, float width) {
  if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
  std::string start = text;
  while (!start.empty() && ImGui::CalcTextSize((start + "...").c_str()).x > width) {
    do {
      start.pop_back();
    } while (!start.empty() && (start.back() & 0xC0) == 0x80);  // whole characters
  }
  return start + "...";
}

struct StateText {
  std::string text;
  ImVec4 colour;
};

StateText state_of(const ImageView& view) {
  const Palette& p = palette();
  if (view.error && view.error->fault() == Fault::unreachable) return {"No master", p.warn};
  if (view.error) return {"Can't be opened", p.bad};
  if (view.damage && !view.conversion) return {"Damaged", p.bad};
  if (view.conversion) {
    const Conversion& conversion = *view.conversion;
    switch (conversion.state) {
      case Conversion::State::done:
        if (!conversion.saved.empty()) return {"Saved", p.good};
        return {conversion.is_stale ? "Recipe changed" : "Not saved", conversion.is_stale ? p.warn : p.good};
      case Conversion::State::failed:
        return {"Failed", p.bad};
      case Conversion::State::cancelled:
        return {"Cancelled", p.dim};
      case Conversion::State::waiting:
        return {"Waiting", p.dim};
      default:
        return {std::to_string(static_cast<int>(conversion.fraction * 100)) + " %", p.accent};
    }
  }
  if (!view.picture) return {"Opening...", p.dim};  // as everything that is in sight
  return {bytes_text(view.file_bytes), p.dim};
}

struct Thumbnail {
  TextureId texture;
  float width;  // pixels
  float height;
};

// Of an image that is being converted, the result as far as it is there.
Thumbnail thumbnail_of(const ImageView& view) {
  if (view.conversion && view.conversion->is_active() && view.conversion->picture != 0) {
    return {view.conversion->picture, view.conversion->picture_width, view.conversion->picture_height};
  }
  return {view.thumbnail, view.thumbnail_width, view.thumbnail_height};
}

}  // namespace

void ImageStrip::draw(const Model& model, Intents& intents) {
  ImGui::AlignTextToFramePadding();
  heading("Images");
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::GetFrameHeight());
  if (sign_button("images/open", Sign::add, "Open images (Ctrl+O)")) wants_dialog_ = true;
  const auto& document = model.document();
  if (document.images.size() > 1) {
    bool all = document.chosen.size() == document.images.size();
    ImGui::PushFont(fonts().small);
    if (checkbox("Choose all", &all)) intents.push_back(Edit{ChooseAll{all}});
    ImGui::PopFont();
    name_item("images/choose-all");
  }
  in_sight_.clear();
  ImGui::BeginChild("images");
  for (const auto& image : document.images) draw_image(model, image, intents);
  shown_ = document.current;
  ImGui::EndChild();
}

// What lies between two heights of the screen, and is partly out of sight, comes into the middle.
void ImageStrip::scroll_to(float top, float bottom) {
  const float window = ImGui::GetWindowPos().y;
  if (top < window || bottom > window + ImGui::GetWindowHeight()) {
    ImGui::SetScrollFromPosY((top + bottom) / 2 - window, 0.5F);
  }
}

void ImageStrip::draw_image(const Model& model, const ImageEntry& image, Intents& intents) {
  const ImageView* view = model.view_of(image.id);
  if (view == nullptr) return;
  ImGui::PushID(static_cast<int>(image.id));
  const float width = ImGui::GetContentRegionAvail().x;
  const float thumbnail = width * 0.62F;
  const float height = thumbnail + ImGui::GetTextLineHeight() * 2 + scaled(18);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const bool is_current = model.document().current == image.id;
  auto& list = *ImGui::GetWindowDrawList();
  ImGui::SetNextItemWidth(width);
  const bool pressed = ImGui::InvisibleButton("##image", {width, height});
  ImGui::SetItemAllowOverlap();
  const bool hovered = ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
  name_item("image/" + image.name);
  const ImVec2 to{from.x + width, from.y + height};
  if (is_current && shown_ != image.id) scroll_to(from.y, to.y);
  if (pressed) intents.push_back(Edit{ShowImage{image.id}});
  if (!ImGui::IsItemVisible()) {
    ImGui::PopID();
    return;
  }
  in_sight_.insert(image.id);
  if (is_current || hovered) {
    list.AddRectFilled(from, to,
                       is_current ? ImGui::GetColorU32(ImGuiCol_Header) : colour(palette().text, 0.05F),
                       scaled(7));
  }
  const float margin = scaled(8);
  const ImVec2 box{width - 2 * margin, thumbnail - margin};
  const Thumbnail shown = thumbnail_of(*view);
  const auto& trouble = view->error ? view->error : view->damage;
  if (shown.texture != 0 && shown.width > 0) {
    const float scale = std::min(box.x / shown.width, box.y / shown.height);
    const ImVec2 size{shown.width * scale, shown.height * scale};
    const ImVec2 corner{from.x + (width - size.x) / 2, from.y + margin + (box.y - size.y) / 2};
    list.AddImageRounded(reinterpret_cast<void*>(shown.texture), corner,
                         {corner.x + size.x, corner.y + size.y}, {0, 0}, {1, 1}, IM_COL32_WHITE, scaled(4));
  } else {
    list.AddRectFilled({from.x + margin, from.y + margin}, {to.x - margin, from.y + thumbnail},
                       colour(palette().canvas), scaled(4));
    if (trouble) {
      draw_sign(list, Sign::warning, {from.x + width / 2, from.y + margin + box.y / 2}, scaled(26),
                colour(palette().bad));
    }
  }
  if (trouble) tooltip(trouble->what());
  if (view->conversion && view->conversion->is_active()) {
    const float y = from.y + thumbnail + scaled(2);
    list.AddRectFilled({from.x + margin, y}, {to.x - margin, y + scaled(3)}, colour(palette().text, 0.12F),
                       scaled(2));
    list.AddRectFilled(
        {from.x + margin, y},
        {from.x + margin + box.x * static_cast<float>(view->conversion->fraction), y + scaled(3)},
        colour(palette().accent), scaled(2));
  }
  const float line = from.y + thumbnail + scaled(8);
  list.AddText({from.x + margin, line}, colour(palette().text),
               fitted(image.name, width - 2 * margin).c_str());
  std::string size;
  if (view->picture) {
    size = std::to_string(view->picture->width) + "×" + std::to_string(view->picture->height) + "   ";
  }
  const StateText state = state_of(*view);
  ImGui::PushFont(fonts().small);
  const auto width_of = [](const std::string& text) { return ImGui::CalcTextSize(text.c_str()).x; };
  if (!state.text.empty() && width_of(size) + width_of(state.text) > width - 2 * margin) size.clear();
  const ImVec2 second{from.x + margin, line + ImGui::GetTextLineHeight() + scaled(4)};
  list.AddText(second, colour(palette().dim), size.c_str());
  list.AddText({second.x + width_of(size), second.y}, colour(state.colour), state.text.c_str());
  ImGui::PopFont();

  const ImVec2 after = ImGui::GetCursorScreenPos();
  bool chosen = model.document().chosen.contains(image.id);
  if ((model.document().images.size() > 1 && (hovered || chosen))) {
    ImGui::SetCursorScreenPos({from.x + margin, from.y + margin});
    if (checkbox("##chosen", &chosen)) intents.push_back(Edit{ChooseImage{image.id, chosen}});
    name_item("image/" + image.name + "/choose");
  }
  if (hovered) {
    ImGui::SetCursorScreenPos({to.x - ImGui::GetFrameHeight() - scaled(4), from.y + scaled(4)});
    if (sign_button("image/" + image.name + "/close", Sign::close, "Close (Ctrl+W)")) {
      intents.push_back(Edit{CloseImage{image.id}});
    }
  }
  ImGui::SetCursorScreenPos(after);
  ImGui::PopID();
}

}  // namespace tilework::client

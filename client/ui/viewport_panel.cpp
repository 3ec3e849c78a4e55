#include "client/ui/viewport_panel.h"

#include <algorithm>
#include <cmath>

#include <imgui.h>

#include "client/ui/findings_overlay.h"
#include "client/ui/findings_window.h"
#include "client/ui/theme.h"
#include "client/ui/widget_map.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

ImVec2 at(Point origin, double x, double y) {
  return {static_cast<float>(origin.x + x), static_cast<float>(origin.y + y)};
}

// What stands beside the original.
const char* name_of_result(const ImageView& view) {
  if (!view.result) return "After";
  return view.conversion && view.conversion->is_stale ? "Converted file (of an earlier recipe)"
                                                      : "Converted file";
}

// Light and dark squares below what is transparent.
void draw_checkerboard(ImDrawList& list, ImVec2 from, ImVec2 to) {
  list.AddRectFilled(from, to, IM_COL32(150, 150, 150, 255));
  const float side = scaled(10);
  for (int row = 0; from.y + static_cast<float>(row) * side < to.y; ++row) {
    for (int column = row % 2; from.x + static_cast<float>(column) * side < to.x; column += 2) {
      const ImVec2 corner{from.x + static_cast<float>(column) * side,
                          from.y + static_cast<float>(row) * side};
      list.AddRectFilled(corner, {std::min(corner.x + side, to.x), std::min(corner.y + side, to.y)},
                         IM_COL32(190, 190, 190, 255));
    }
  }
}

// Fills a rectangle but for a hole in it.
void fill_around(ImDrawList& list, ImVec2 from, ImVec2 to, ImVec2 hole_from, ImVec2 hole_to, ImU32 ink) {
  list.AddRectFilled(from, {to.x, hole_from.y}, ink);
  list.AddRectFilled({from.x, hole_to.y}, to, ink);
  list.AddRectFilled({from.x, hole_from.y}, {hole_from.x, hole_to.y}, ink);
  list.AddRectFilled({hole_to.x, hole_from.y}, {to.x, hole_to.y}, ink);
}

}  // namespace

void ViewportPanel::zoom_to(double zoom) {
  const Point middle{screen_.width / 2.0, screen_.height / 2.0};
  if (current_ == 0) return;
  viewports_[current_] =
      zoomed(viewports_[current_], picture_, screen_, zoom, has_cursor_ ? cursor_ : middle);
}

void ViewportPanel::zoom_by(double factor) {
  if (current_ == 0) return;
  zoom_to(resolved(viewports_[current_], picture_, screen_).zoom * factor);
}

void ViewportPanel::draw(const Model& model, Intents& intents) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 space = ImGui::GetContentRegionAvail();
  const float bar = ImGui::GetFrameHeight() + scaled(10);
  screen_ = {std::max(1, static_cast<int>(space.x)), std::max(1, static_cast<int>(space.y - bar))};
  const Point origin{corner.x, corner.y};
  auto& list = *ImGui::GetWindowDrawList();
  const ImVec2 end = at(origin, screen_.width, screen_.height);
  // The window has no background of its own: what the image covers is painted once.
  list.AddRectFilled({corner.x, end.y}, {end.x, corner.y + space.y}, colour(palette().panel));
  name_area("viewport", corner.x, corner.y, static_cast<float>(screen_.width),
            static_cast<float>(screen_.height));

  const ImageEntry* image = model.current();
  const ImageView* view = image != nullptr ? model.view_of(image->id) : nullptr;
  current_ = 0;
  if (view == nullptr || !view->picture) {
    list.AddRectFilled(corner, end, colour(palette().canvas));
    draw_empty(model, origin, intents);
    return;
  }
  follow_conversion(*view);
  current_ = image->id;
  picture_ = *view->picture;
  ImGui::InvisibleButton("##picture", {static_cast<float>(screen_.width), static_cast<float>(screen_.height)},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle);
  use_mouse(picture_, origin);

  list.PushClipRect(corner, end, true);
  textures_.begin_frame(resolved(viewports_[current_], picture_, screen_).zoom >= 1);
  const auto width = static_cast<float>(screen_.width);
  if (holds_input_) {
    draw_side(model, Side::input, origin, 0, width);
  } else if (split_) {
    const float middle = std::round(split_at_ * width);
    draw_side(model, Side::input, origin, 0, middle);
    draw_side(model, Side::result, origin, middle, width);
    draw_split(model, origin);
  } else {
    draw_side(model, Side::result, origin, 0, width);
  }
  textures_.end_frame();
  draw_boxes(model, origin);
  if (shows_result()) draw_result_file(*view, origin);
  draw_state(model, origin);
  list.PopClipRect();
  draw_bar(model, picture_, origin);
}

void ViewportPanel::use_mouse(const Picture& picture, Point origin) {
  const ImGuiIO& io = ImGui::GetIO();
  cursor_ = {io.MousePos.x - origin.x, io.MousePos.y - origin.y};
  has_cursor_ = ImGui::IsItemHovered();
  Viewport& viewport = viewports_[current_];
  if (has_cursor_ && io.MouseWheel != 0) {
    const double zoom = resolved(viewport, picture, screen_).zoom;
    viewport = zoomed(viewport, picture, screen_, zoom * std::pow(1.25, io.MouseWheel), cursor_);
  }
  if (has_cursor_ && ImGui::IsMouseDoubleClicked(0)) {
    const Viewport now = resolved(viewport, picture, screen_);
    viewport = std::abs(now.zoom - 1) < 1e-9 ? Viewport{} : zoomed(viewport, picture, screen_, 1, cursor_);
  }
  const float moved = io.MouseDragMaxDistanceSqr[0];
  if (has_cursor_ && ImGui::IsMouseReleased(0) && moved < scaled(4) * scaled(4)) click_ = cursor_;
  const double split = split_at_ * screen_.width;
  const bool near_split = split_ && std::abs(cursor_.x - split) < scaled(8);
  if (near_split && has_cursor_) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (ImGui::IsItemActivated()) drags_split_ = near_split;
  if (!ImGui::IsItemActive()) {
    drags_split_ = false;
    return;
  }
  if (drags_split_) {
    split_at_ = static_cast<float>(std::clamp(cursor_.x / screen_.width, 0.02, 0.98));
  } else if (io.MouseDelta.x != 0 || io.MouseDelta.y != 0) {
    viewport = panned(viewport, picture, screen_, {io.MouseDelta.x, io.MouseDelta.y});
  }
}

void ViewportPanel::draw_side(const Model& model, Side side, Point origin, float left, float right) {
  if (model.preview == nullptr) return;
  auto& list = *ImGui::GetWindowDrawList();
  const Viewport view = resolved(viewports_[current_], picture_, screen_);
  list.PushClipRect(at(origin, left, 0), at(origin, right, screen_.height), true);
  const Point first = to_screen(view, screen_, {0, 0});
  const Point last =
      to_screen(view, screen_, {static_cast<double>(picture_.width), static_cast<double>(picture_.height)});
  const bool has_alpha = picture_.format.channels % 2 == 0;
  // On whole pixels, as the tiles are.
  const ImVec2 from = at(origin, std::round(std::max(first.x, 0.0)), std::round(std::max(first.y, 0.0)));
  const ImVec2 to = at(origin, std::round(std::min<double>(last.x, screen_.width)),
                       std::round(std::min<double>(last.y, screen_.height)));
  if (has_alpha) {
    draw_checkerboard(list, from, to);
  } else {
    if (!model.preview->is_covered(side)) {
      list.AddRectFilled(from, to, colour(palette().canvas));
      list.AddRectFilled(from, to, colour(palette().text, 0.06F));
    }
  }
  fill_around(list, at(origin, 0, 0), at(origin, screen_.width, screen_.height), from, to,
              colour(palette().canvas));
  if (!has_alpha) begin_opaque(list);
  for (const TileHandle& tile : model.preview->tiles(side)) {
    const double scale = std::ldexp(1.0, tile->key.level);
    const auto edge = [&](int x, int y) {
      const Point in_image{std::min<double>(x * scale, picture_.width),
                           std::min<double>(y * scale, picture_.height)};
      const Point on_screen = to_screen(view, screen_, in_image);
      return at(origin, std::round(on_screen.x), std::round(on_screen.y));
    };
    textures_.add(list, tile, edge(tile->place.x, tile->place.y),
                  edge(tile->place.x + tile->place.width, tile->place.y + tile->place.height));
  }
  if (!has_alpha) end_opaque(list);
  list.PopClipRect();
}

// Over the result's part: of the converted image, or else those that the preview knows at full size.
void ViewportPanel::draw_boxes(const Model& model, Point origin) {
  auto findings = findings_of(model);
  const auto click = std::exchange(click_, std::nullopt);
  if (!boxes_ || !shows_result()) return;
  const auto& conversion = model.view_of(current_)->conversion;
  const bool is_stale = findings == nullptr || (conversion && conversion->is_stale);
  auto seen =
      is_stale && !wants_result_file_ && model.preview != nullptr ? model.preview->findings() : std::nullopt;
  if (seen) findings = std::make_shared<const std::vector<Finding>>(*std::move(seen));
  if (findings == nullptr) return;
  const Viewport view = resolved(viewports_[current_], picture_, screen_);
  const double left = split_ ? std::round(split_at_ * static_cast<float>(screen_.width)) : 0;
  auto& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at(origin, left, 0), at(origin, screen_.width, screen_.height), true);
  if (seen && !findings->empty()) {
    name_area("viewport/live-findings", static_cast<float>(origin.x), static_cast<float>(origin.y),
              static_cast<float>(screen_.width), static_cast<float>(screen_.height));
  }
  // The table is of the converted image.
  draw_findings(list, *findings, view, screen_, origin, seen ? std::nullopt : marked_);
  list.PopClipRect();
  if (!seen && click && click->x >= left) {
    clicked_ = finding_at(*findings, to_image(view, screen_, *click), scaled(3) / view.zoom);
  }
}

void ViewportPanel::look_at(const Region& box) {
  if (current_ == 0) return;
  viewports_[current_] = viewport_on(box, resolved(viewports_[current_], picture_, screen_), screen_);
}

// A recipe that is changed is looked at in the preview: the file doesn't follow it.
void ViewportPanel::follow_conversion(const ImageView& view) {
  const bool is_stale = view.conversion && view.conversion->is_stale;
  if (is_stale && !was_stale_) wants_result_file_ = false;
  was_stale_ = is_stale;
}

// Says so where the converted file is shown, and why it isn't.
void ViewportPanel::draw_result_file(const ImageView& view, Point origin) {
  if (!wants_result_file_ || !view.conversion || !view.conversion->has_result()) return;
  const float left = split_ ? std::round(split_at_ * static_cast<float>(screen_.width)) : 0;
  if (view.result) {
    name_area("viewport/shows-file", static_cast<float>(origin.x) + left, static_cast<float>(origin.y),
              static_cast<float>(screen_.width) - left, static_cast<float>(screen_.height));
    if (!split_)
      draw_label(*ImGui::GetWindowDrawList(), name_of_result(view), at(origin, scaled(18), scaled(10)));
    return;
  }
  const std::string text =
      view.result_error ? std::string("The converted file can't be shown: ") + view.result_error->what()
                        : "Opening the converted file...";
  draw_label(*ImGui::GetWindowDrawList(), text.c_str(),
             at(origin, left + scaled(18), scaled(split_ ? 40 : 10)));
}

void ViewportPanel::draw_split(const Model& model, Point origin) {
  auto& list = *ImGui::GetWindowDrawList();
  const float x = std::round(split_at_ * static_cast<float>(screen_.width));
  const float middle = static_cast<float>(screen_.height) / 2;
  list.AddLine(at(origin, x, 0), at(origin, x, screen_.height), IM_COL32(255, 255, 255, 220), scaled(2));
  list.AddCircleFilled(at(origin, x, middle), scaled(11), IM_COL32(255, 255, 255, 235), 24);
  const ImU32 ink = IM_COL32(40, 40, 40, 255);
  for (const float side : {-1.0F, 1.0F}) {
    const float tip = x + side * scaled(7), back = x + side * scaled(3);
    list.AddTriangleFilled(at(origin, tip, middle), at(origin, back, middle - scaled(4)),
                           at(origin, back, middle + scaled(4)), ink);
  }
  name_area("viewport/split", static_cast<float>(origin.x) + x - scaled(4),
            static_cast<float>(origin.y) + middle - scaled(4), scaled(8), scaled(8));
  draw_label(*ImGui::GetWindowDrawList(), "Before",
             at(origin, x - scaled(18) - ImGui::CalcTextSize("Before").x, scaled(10)));
  draw_label(*ImGui::GetWindowDrawList(), name_of_result(*model.view_of(current_)),
             at(origin, x + scaled(18), scaled(10)));
}

// What is going on, where one looks.
void ViewportPanel::draw_state(const Model& model, Point origin) {
  if (model.preview == nullptr) return;
  auto& list = *ImGui::GetWindowDrawList();
  const Side side = shows_result() ? Side::result : Side::input;
  const float width = static_cast<float>(screen_.width);
  if (const Error* error = model.preview->error(side)) {
    const std::string text = error->what();
    const float wrap = std::min(width - scaled(60), scaled(640));
    const ImVec2 size = ImGui::CalcTextSize(text.c_str(), nullptr, false, wrap);
    const ImVec2 from = at(origin, scaled(24), static_cast<double>(screen_.height) - size.y - scaled(34));
    list.AddRectFilled({from.x - scaled(14), from.y - scaled(10)},
                       {from.x + size.x + scaled(34), from.y + size.y + scaled(10)},
                       colour(palette().panel, 0.96F), scaled(7));
    draw_sign(list, Sign::warning, {from.x + scaled(2), from.y + scaled(9)}, scaled(16),
              colour(palette().bad));
    list.AddText(nullptr, 0, {from.x + scaled(20), from.y}, colour(palette().text), text.c_str(), nullptr,
                 wrap);
    return;
  }
  const bool complete = (!shows_input() || model.preview->is_complete(Side::input)) &&
                        (!shows_result() || model.preview->is_complete(Side::result));
  if (complete)
    name_area("viewport/complete", static_cast<float>(origin.x), static_cast<float>(origin.y), width,
              static_cast<float>(screen_.height));
  if (model.preview->is_complete(side) || !model.preview->is_slow()) return;
  const char* text = "Computing...";
  const ImVec2 size = ImGui::CalcTextSize(text);
  const ImVec2 from = at(origin, width - size.x - scaled(24), scaled(12));
  list.AddRectFilled({from.x - scaled(10), from.y - scaled(4)},
                     {from.x + size.x + scaled(10), from.y + size.y + scaled(4)}, IM_COL32(0, 0, 0, 130),
                     scaled(5));
  list.AddText(from, IM_COL32(255, 255, 255, 220), text);
}

void ViewportPanel::draw_empty(const Model& model, Point origin, Intents& intents) {
  const ImageEntry* image = model.current();
  const ImageView* view = image != nullptr ? model.view_of(image->id) : nullptr;
  std::string title = "Open an image to begin";
  std::string text = "Drop files here, or press Ctrl+O. JPEG, PNG, TIFF, WebP, BMP and GIF.";
  if (view != nullptr && view->error) {
    const bool waits = view->error->fault() == Fault::unreachable;
    title = waits ? "Waiting for a master" : "This image can't be opened";
    if (waits) {
      name_area("viewport/waits", static_cast<float>(origin.x), static_cast<float>(origin.y),
                static_cast<float>(screen_.width), static_cast<float>(screen_.height));
    }
    text = view->error->what();
  } else if (image != nullptr) {
    title = "Opening " + image->name + "...";
    text = model.is_connected ? "" : model.connection;
  }
  auto& list = *ImGui::GetWindowDrawList();
  const float wrap = std::min(static_cast<float>(screen_.width) - scaled(60), scaled(520));
  const ImVec2 title_size = fonts().strong != nullptr
                                ? fonts().strong->CalcTextSizeA(scaled(22), wrap, wrap, title.c_str())
                                : ImGui::CalcTextSize(title.c_str());
  const ImVec2 text_size = ImGui::CalcTextSize(text.c_str(), nullptr, false, wrap);
  const float middle_x = static_cast<float>(screen_.width) / 2,
              middle_y = static_cast<float>(screen_.height) / 2;
  list.AddText(fonts().strong, scaled(22), at(origin, middle_x - title_size.x / 2, middle_y - scaled(44)),
               colour(palette().text), title.c_str(), nullptr, wrap);
  list.AddText(nullptr, 0, at(origin, middle_x - text_size.x / 2, middle_y - scaled(8)),
               colour(palette().dim), text.c_str(), nullptr, wrap);
  if (view != nullptr && view->error) {
    ImGui::SetCursorScreenPos(at(origin, middle_x - scaled(60), middle_y + text_size.y + scaled(12)));
    if (ImGui::Button("Try again", {scaled(120), 0})) intents.push_back(Retry{image->id});
  }
}

}  // namespace tilework::client

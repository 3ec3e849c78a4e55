// Boxes and the table of what detectors found, without a window.
#include <catch2/catch.hpp>
#include <imgui.h>

#include "client/ui/findings_overlay.h"
#include "client/ui/findings_window.h"
#include "client/ui/theme.h"

namespace tilework::client {
namespace {

std::vector<Finding> some() {
  return {{{10, 10, 100, 80}, "cell", 0.9}, {{40, 30, 8, 8}, "dust", 0.2}, {{600, 400, 20, 20}, "cell", 0.5}};
}

// The screen has 400x300 pixels.
class Canvas {
 public:
  Canvas() {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {400, 300};
    io.DeltaTime = 1.0F / 60;
    load_fonts(1);
    set_theme(true, 1);
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
  }
  ~Canvas() { ImGui::DestroyContext(); }

  int triangles(const std::vector<Finding>& findings, const Viewport& view,
                std::optional<std::size_t> marked = {}) {
    ImGui::NewFrame();
    ImGui::Begin("canvas");
    ImDrawList list(ImGui::GetDrawListSharedData());
    list._ResetForNewFrame();
    list.PushTextureID(ImGui::GetIO().Fonts->TexID);
    list.PushClipRectFullScreen();
    draw_findings(list, findings, view, {400, 300}, {0, 0}, marked);
    const int count = list.IdxBuffer.Size / 3;
    ImGui::End();
    ImGui::Render();
    return count;
  }
};

}  // namespace

TEST_CASE("boxes are drawn for what is on screen alone, and for so many at most") {
  Canvas canvas;
  const Viewport here{false, 1, {200, 150}};
  CHECK(canvas.triangles({}, here) == 0);
  CHECK(canvas.triangles(some(), here) > 0);
  CHECK(canvas.triangles({some()[2]}, here) == 0);
  CHECK(canvas.triangles({some()[2]}, {false, 1, {600, 400}}) > 0);
  const std::vector<Finding> many(100'000, Finding{{50, 50, 3, 3}, "spot", 1});
  const int drawn = canvas.triangles(many, here);
  const int for_one = canvas.triangles({many.front()}, here);
  CHECK(drawn < for_one * (static_cast<int>(most_boxes) + 1) + 1000);
  CHECK(drawn > for_one * static_cast<int>(most_boxes) - 1000);
}

TEST_CASE("a click takes the smallest box around it") {
  const auto findings = some();
  CHECK(finding_at(findings, {42, 33}, 0) == 1);
  CHECK(finding_at(findings, {15, 15}, 0) == 0);
  CHECK_FALSE(finding_at(findings, {300, 300}, 0).has_value());
  CHECK_FALSE(finding_at(findings, {598, 398}, 0).has_value());
  CHECK(finding_at(findings, {598, 398}, 3) == 2);
}

TEST_CASE("a finding that is looked at is in the middle, and of a size to be made out") {
  const Screen screen{400, 300};
  const Viewport far{false, 0.05, {1000, 1000}};
  const Viewport near = viewport_on({600, 400, 20, 20}, far, screen);
  CHECK(near.centre == Point{610, 410});
  CHECK(near.zoom * 20 >= 16);
  const Viewport kept = viewport_on({600, 400, 20, 20}, {false, 2, {0, 0}}, screen);
  CHECK(kept.zoom == 2);
  const Viewport whole = viewport_on({0, 0, 4000, 3000}, {false, 8, {0, 0}}, screen);
  CHECK(whole.zoom * 4000 <= 300);
}

}  // namespace tilework::client

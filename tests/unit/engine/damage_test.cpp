// What has to be painted anew, with frames that nobody paints.
#include "client/ui/damage.h"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

namespace tilework::client {
namespace {

// A screen of 400x300 with two windows side by side.
class Screen {
 public:
  Screen() {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {400, 300};
    io.DeltaTime = 1.0F / 60;
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    for (int i = 0; i < 3; ++i) changed();  // windows settle
  }
  ~Screen() { ImGui::DestroyContext(); }

  std::vector<ScreenBox> changed(const std::set<TextureId>& textures = {}) {
    ImGui::NewFrame();
    window("left", 0, [&] {
      ImGui::TextUnformatted("first");
      ImGui::TextUnformatted(text.c_str());
      ImGui::TextUnformatted("last");
    });
    window("right", 200, [&] {
      if (texture != 0) ImGui::Image(reinterpret_cast<void*>(texture), {50, 40});
    });
    if (has_third) window("third", 100, [] { ImGui::TextUnformatted("above"); });
    ImGui::Render();
    return damage.update(*ImGui::GetDrawData(), textures);
  }

  template <class Draw>
  void window(const char* name, float x, Draw draw) {
    ImGui::SetNextWindowPos({x, 0});
    ImGui::SetNextWindowSize({200, 300});
    ImGui::Begin(name, nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBringToFrontOnFocus);
    draw();
    ImGui::End();
  }

  Damage damage;
  std::string text = "same";
  TextureId texture = 0;
  bool has_third = false;
};

TEST_CASE("a frame like the one before needs no painting") {
  Screen screen;
  CHECK(screen.changed().empty());
  screen.damage.forget();
  REQUIRE(screen.changed().size() == 1);
  CHECK(screen.changed().empty());
}

TEST_CASE("a text that changes is painted, and little around it") {
  Screen screen;
  screen.text = "another, longer one";
  const auto boxes = screen.changed();
  REQUIRE(boxes.size() == 1);
  const ScreenBox box = boxes.front();
  // The second line of three.
  CHECK(box.x < 20);
  CHECK(box.z > 100);
  CHECK(box.z < 200);
  CHECK(box.y > 15);
  CHECK(box.w < 45);
  CHECK(box.w > box.y + 8);
  screen.text = "";  // where it was is painted too
  const auto gone = screen.changed();
  REQUIRE(gone.size() == 1);
  CHECK(gone.front().z > 100);
}

TEST_CASE("what differs far apart is painted apart") {
  Screen screen;
  screen.texture = 5;
  screen.changed();
  screen.text = "other";
  screen.texture = 6;
  auto boxes = screen.changed();
  REQUIRE(boxes.size() == 2);
  std::ranges::sort(boxes, {}, &ScreenBox::x);
  CHECK(boxes[0].z < 200);
  CHECK(boxes[1].x >= 200);
}

TEST_CASE("a texture with other pixels is painted where it is used") {
  Screen screen;
  screen.texture = 5;
  screen.changed();
  CHECK(screen.changed().empty());
  CHECK(screen.changed({7}).empty());
  const auto boxes = screen.changed({5});
  REQUIRE(boxes.size() == 1);
  CHECK(boxes.front().z - boxes.front().x == 50);
  CHECK(boxes.front().w - boxes.front().y == 40);
}

TEST_CASE("a window that comes or goes has the whole screen painted") {
  Screen screen;
  for (const bool is_there : {true, false}) {
    screen.has_third = is_there;
    std::vector<ScreenBox> boxes;
    for (int i = 0; i < 2 && boxes.empty(); ++i) boxes = screen.changed();  // it is hidden in its first frame
    REQUIRE(boxes.size() == 1);
    CHECK(boxes.front().z - boxes.front().x == 400);
    CHECK(boxes.front().w - boxes.front().y == 300);
  }
}

TEST_CASE("nothing is painted outside the boxes") {
  Screen screen;
  int paintings = 0;
  paint_clipped(*ImGui::GetDrawData(), {{10, 20, 30, 40}, {210, 0, 220, 300}}, [&](ImDrawData& data) {
    const float left = paintings++ == 0 ? 10 : 210;
    for (int i = 0; i < data.CmdListsCount; ++i) {
      for (const ImDrawCmd& command : data.CmdLists[i]->CmdBuffer) {
        const bool is_empty =
            command.ClipRect.x >= command.ClipRect.z || command.ClipRect.y >= command.ClipRect.w;
        CHECK((is_empty || command.ClipRect.x >= left));
        CHECK((is_empty || command.ClipRect.z <= left + 20));
      }
    }
  });
  CHECK(paintings == 2);
}

}  // namespace
}  // namespace tilework::client

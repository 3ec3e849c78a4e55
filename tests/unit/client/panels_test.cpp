// Panels without a window: frames are drawn for a mouse that clicks, and the intents that come back are
// looked at.
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <imgui.h>

#include "client/ui/convert_panel.h"
#include "client/ui/image_strip.h"
#include "client/ui/recipe_panel.h"
#include "client/ui/theme.h"
#include "client/ui/viewport_panel.h"
#include "client/ui/widgets.h"

namespace tilework::client {
namespace {

FilterDescription blur() {
  FilterDescription filter;
  filter.name = "gaussian-blur";
  filter.label = "Gaussian blur";
  filter.group = "Smoothing";
  filter.help = "Blurs.";
  ParameterDescription size;
  size.name = "size";
  size.label = "Kernel size";
  size.unit = "px";
  size.type = ParameterType::odd;
  size.minimum = 1;
  size.maximum = 255;
  size.soft_minimum = 1;
  size.soft_maximum = 63;
  size.initial = {31, 0, 0};
  filter.parameters = {size};
  return filter;
}

constexpr int escape = 1;  // its number, in the absence of a back end

// A screen without a back end, and what the application would give to the panels.
class Desk {
 public:
  Desk() {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {400, 700};
    io.DeltaTime = 1.0F / 60;
    io.KeyMap[ImGuiKey_Escape] = escape;
    load_fonts(1);
    set_theme(true, 1);
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    history.apply(AddImages{{"/photos/a.jpg", "/photos/b.jpg"}});
    for (const auto& image : history.now().images) {
      views[image.id].picture = Picture{640, 480, {}, 3, {}};
      views[image.id].file_bytes = 1'500'000;
    }
  }
  ~Desk() { ImGui::DestroyContext(); }

  // One frame; `draw` gets the model and the intents.
  template <class Draw>
  Intents frame(Draw draw) {
    ImGui::NewFrame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({400, 700});
    ImGui::Begin("desk", nullptr, ImGuiWindowFlags_NoDecoration);
    Intents intents;
    const Model model{history,  views,   filters, true,   presets, cluster,
                      settings, nullptr, notices, "here", true};
    draw(model, intents);
    ImGui::End();
    ImGui::Render();
    return intents;
  }

  // Presses and releases at a place; what came back of all the frames.
  template <class Draw>
  Intents click(ImVec2 at, Draw draw) {
    Intents all;
    const auto add = [&](const Intents& some) { all.insert(all.end(), some.begin(), some.end()); };
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = at;
    add(frame(draw));
    io.MouseDown[0] = true;
    add(frame(draw));
    io.MouseDown[0] = false;
    add(frame(draw));
    return all;
  }

  // Clicks everywhere on a raster; calls `found` with each edit that came back.
  template <class Draw, class Found>
  void click_everywhere(Draw draw, Found found) {
    for (float y = 6; y < 500; y += 9) {
      for (float x = 6; x < 400; x += 12) {
        for (const Intent& intent : click({x, y}, draw)) found(intent);
        ImGui::GetIO().MousePos = {-1, -1};
        frame(draw);
      }
    }
  }

  History history;
  std::map<ImageId, ImageView> views;
  std::vector<FilterDescription> filters{blur()};
  std::vector<Preset> presets;
  ClusterView cluster;
  Settings settings;
  std::vector<Notice> notices;
};

template <class Kind>
const Kind* edit_of(const Intent& intent) {
  const auto* edit = std::get_if<Edit>(&intent);
  return edit == nullptr ? nullptr : std::get_if<Kind>(edit);
}

TEST_CASE("a slider returns values that the declaration allows, and a step's buttons return its edits") {
  Desk desk;
  desk.history.apply(AddFilter{"gaussian-blur"});
  const StepId step = desk.history.now().current_image()->steps.front().id;
  RecipePanel panel;
  const auto draw = [&](const Model& model, Intents& intents) { panel.draw(model, intents); };
  int values = 0, removed = 0, duplicated = 0, switched = 0, ends = 0;
  desk.click_everywhere(draw, [&](const Intent& intent) {
    if (const auto* set = edit_of<SetArgument>(intent)) {
      ++values;
      CHECK(set->step == step);
      CHECK(set->parameter == "size");
      const double value = std::get<double>(set->value);
      CHECK(value >= 1);
      CHECK(value <= 63);
      CHECK(static_cast<int>(value) % 2 == 1);
    }
    if (edit_of<RemoveStep>(intent)) ++removed;
    if (edit_of<DuplicateStep>(intent)) ++duplicated;
    if (const auto* change = edit_of<SwitchStep>(intent)) {
      ++switched;
      CHECK_FALSE(change->enabled);
    }
    if (std::holds_alternative<EndOfDrag>(intent)) ++ends;
  });
  CHECK(values > 5);
  CHECK(removed > 0);
  CHECK(duplicated > 0);
  CHECK(switched > 0);
  CHECK(ends >= values);
}

TEST_CASE("a filter that the cluster lacks is said to be missing, and can be removed") {
  Desk desk;
  desk.history.apply(AddFilter{"of-yesterday"});
  RecipePanel panel;
  int removed = 0;
  desk.click_everywhere([&](const Model& model, Intents& intents) { panel.draw(model, intents); },
                        [&](const Intent& intent) { removed += edit_of<RemoveStep>(intent) ? 1 : 0; });
  CHECK(removed > 0);
}

TEST_CASE("a unit is shown as it is, whatever signs it has") {
  Desk desk;
  desk.filters.front().parameters.front().unit = "% of %s%n";
  desk.history.apply(AddFilter{"gaussian-blur"});
  RecipePanel panel;
  const auto draw = [&](const Model& model, Intents& intents) {
    ImGui::LogToClipboard();
    panel.draw(model, intents);
    ImGui::LogFinish();
  };
  desk.frame(draw);
  desk.frame(draw);
  CHECK_THAT(ImGui::GetClipboardText(), Catch::Contains("31 % of %s%n"));
}

TEST_CASE("Escape closes the list of filters and takes none") {
  Desk desk;
  RecipePanel panel;
  bool is_open = false;
  Intents all;
  const auto draw = [&](const Model& model, Intents& intents) {
    panel.draw(model, intents);
    is_open = ImGui::IsPopupOpen("picker");
    all.insert(all.end(), intents.begin(), intents.end());
  };
  panel.open_picker();
  desk.frame(draw);
  desk.frame(draw);
  REQUIRE(is_open);
  ImGui::GetIO().KeysDown[escape] = true;
  desk.frame(draw);
  ImGui::GetIO().KeysDown[escape] = false;
  desk.frame(draw);
  CHECK_FALSE(is_open);
  CHECK(all.empty());
}

TEST_CASE("the list of filters opens with its button, and gives the filter that is clicked") {
  Desk desk;
  RecipePanel panel;
  const auto draw = [&](const Model& model, Intents& intents) { panel.draw(model, intents); };
  panel.open_picker();
  desk.frame(draw);
  int added = 0;
  for (float y = 60; y < 480 && added == 0; y += 6) {
    for (const Intent& intent : desk.click({150, y}, draw)) {
      const auto* add = edit_of<AddFilter>(intent);
      if (add == nullptr) continue;
      ++added;
      CHECK(add->filter == "gaussian-blur");
    }
    panel.open_picker();
    desk.frame(draw);
  }
  CHECK(added == 1);
}

TEST_CASE("images are shown, chosen and closed by clicks") {
  Desk desk;
  ImageStrip panel;
  int shown = 0, closed = 0, chosen = 0;
  bool asked = false;
  desk.click_everywhere(
      [&](const Model& model, Intents& intents) {
        panel.draw(model, intents);
        asked |= panel.wants_dialog();
      },
      [&](const Intent& intent) {
        if (const auto* show = edit_of<ShowImage>(intent)) {
          ++shown;
          CHECK(desk.history.now().find(show->image) != nullptr);
        }
        if (edit_of<CloseImage>(intent)) ++closed;
        if (edit_of<ChooseImage>(intent)) ++chosen;
      });
  CHECK(shown > 0);
  CHECK(closed > 0);
  CHECK(chosen > 0);
  CHECK(asked);
}

TEST_CASE("converting needs a recipe; a conversion can be cancelled, retried and saved") {
  Desk desk;
  ConvertPanel panel;
  int converted = 0, cancelled = 0, saved = 0;
  bool asked = false;
  const auto draw = [&](const Model& model, Intents& intents) {
    panel.draw(model, intents);
    asked |= panel.wants_save_as().has_value();
  };
  const auto count = [&](const Intent& intent) {
    if (std::holds_alternative<Convert>(intent)) ++converted;
    if (std::holds_alternative<CancelConversion>(intent)) ++cancelled;
    if (std::holds_alternative<SaveResults>(intent)) ++saved;
  };
  desk.click_everywhere(draw, count);
  CHECK(converted == 0);

  desk.history.apply(AddFilter{"gaussian-blur"});
  desk.click_everywhere(draw, count);
  CHECK(converted > 0);

  auto& conversion = desk.views.at(*desk.history.now().current).conversion.emplace();
  conversion.state = Conversion::State::running;
  converted = 0;
  desk.click_everywhere(draw, count);
  CHECK(cancelled > 0);
  CHECK(converted == 0);  // not twice at a time

  conversion.state = Conversion::State::failed;
  conversion.text = "the filter crashed";
  desk.click_everywhere(draw, count);
  CHECK(converted > 0);

  conversion.state = Conversion::State::done;
  desk.click_everywhere(draw, count);
  CHECK(saved > 0);
  CHECK(asked);

  // What the cluster would refuse isn't asked for.
  desk.history.apply(AddFilter{"of-yesterday"});
  converted = 0;
  desk.click_everywhere(draw, count);
  CHECK(converted == 0);
}

// What clicks on the settings of conversions change them to, the lists that open there included.
std::vector<Settings> offered(Desk& desk) {
  ConvertPanel panel;
  bool is_open = false;
  std::vector<Settings> all;
  const auto draw = [&](const Model& model, Intents& intents) {
    panel.draw(model, intents);
    is_open = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId);
  };
  const auto click = [&](ImVec2 at) {
    for (const Intent& intent : desk.click(at, draw)) {
      if (const auto* change = std::get_if<ChangeSettings>(&intent)) all.push_back(change->settings);
    }
  };
  for (float y = 6; y < 120; y += 9) {
    for (float below = 9; below < 240; below += 9) {
      click({30, y});
      desk.frame(draw);
      if (!is_open) break;
      click({30, y + below});
      if (is_open) click({390, 690});
    }
  }
  return all;
}

TEST_CASE("how a file is stored is a choice where its format leaves one") {
  Desk desk;
  std::set<std::string> formats, compressions;
  bool lossless = false;
  const auto look = [&](const char* format) {
    formats.clear();
    compressions.clear();
    lossless = false;
    desk.settings.format = format;
    for (const Settings& settings : offered(desk)) {
      formats.insert(settings.format);
      if (settings.compression != desk.settings.compression) compressions.insert(settings.compression);
      lossless |= settings.lossless;
    }
  };
  look("tiff");
  CHECK(formats == std::set<std::string>{"same", "jpeg", "png", "tiff", "webp", "bmp", "gif"});
  CHECK(compressions == std::set<std::string>{"none", "lzw", "deflate", "zstd", "packbits", "jpeg"});
  CHECK_FALSE(lossless);
  look("webp");
  CHECK(compressions.empty());
  CHECK(lossless);
  look("png");
  CHECK(compressions.empty());
  CHECK_FALSE(lossless);
}

TEST_CASE("a converted file can be looked at once it is there, until its recipe is changed") {
  Desk desk;
  ViewportPanel panel;
  const auto draw = [&](const Model& model, Intents& intents) { panel.draw(model, intents); };
  // The bar below the picture; whether a click on it asked for the file.
  const auto find_button = [&] {
    for (float x = 6; x < 400 && !panel.wants_result_file(); x += 10) desk.click({x, 675}, draw);
    return panel.wants_result_file();
  };
  desk.frame(draw);
  CHECK_FALSE(find_button());
  auto& conversion = desk.views.at(*desk.history.now().current).conversion.emplace();
  conversion.state = Conversion::State::running;
  CHECK_FALSE(find_button());
  conversion.state = Conversion::State::done;
  CHECK(find_button());
  conversion.is_stale = true;
  desk.frame(draw);
  CHECK_FALSE(panel.wants_result_file());
  CHECK(find_button());  // if the user insists
  desk.frame(draw);
  CHECK(panel.wants_result_file());
}

TEST_CASE("texts for people have units that fit") {
  CHECK(bytes_text(900) == "900 B");
  CHECK(bytes_text(1'500'000) == "1.5 MB");
  CHECK(seconds_text(3.14) == "3.1 s");
  CHECK(seconds_text(80) == "1 min 20 s");
  CHECK(seconds_text(3700) == "1 h 1 min");
}

}  // namespace
}  // namespace tilework::client

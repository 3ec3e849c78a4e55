// What a user works on: changes of documents, their undo, and what is kept in files.
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client/document/edit.h"
#include "client/document/history.h"
#include "client/document/preset.h"
#include "client/document/settings.h"
#include "schema/model/error.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {
namespace {

using namespace client;

// Two images, of which the first is shown, with a blur and a canny.
History two_images() {
  History history;
  history.apply(AddImages{{"/photos/a.jpg", "/photos/b.jpg"}});
  history.apply(AddFilter{"gaussian-blur"});
  history.apply(AddFilter{"canny"});
  return history;
}

const Steps& steps_of(const History& history) {
  return history.now().current_image()->steps;
}

std::string filters_of(const History& history) {
  std::string names;
  for (const Step& step : steps_of(history)) names += (names.empty() ? "" : " ") + step.call.filter;
  return names;
}

TEST_CASE("images are opened once, and the first of those that came is shown") {
  History history = two_images();
  REQUIRE(history.now().images.size() == 2);
  CHECK(history.now().current_image()->name == "a.jpg");
  history.apply(AddImages{{"/photos/c.jpg", "/photos/../photos/b.jpg"}});
  CHECK(history.now().images.size() == 3);
  CHECK(history.now().current_image()->name == "c.jpg");
}

TEST_CASE("when the image that is shown is closed, its neighbour is shown") {
  History history = two_images();
  history.apply(CloseImage{*history.now().current});
  REQUIRE(history.now().current_image() != nullptr);
  CHECK(history.now().current_image()->name == "b.jpg");
  history.apply(CloseImage{*history.now().current});
  CHECK(history.now().current_image() == nullptr);
  history.undo();
  history.undo();
  CHECK(history.now().images.size() == 2);
  CHECK(history.now().images.front().steps.size() == 2);
}

TEST_CASE("steps are moved, doubled, switched off, reset and removed") {
  History history = two_images();
  const StepId blur = steps_of(history).front().id;
  history.apply(MoveStep{blur, 1});
  CHECK(filters_of(history) == "canny gaussian-blur");
  history.apply(DuplicateStep{blur});
  CHECK(filters_of(history) == "canny gaussian-blur gaussian-blur");
  CHECK(steps_of(history)[1].id != steps_of(history)[2].id);
  history.apply(SetArgument{blur, "size", 9.0});
  CHECK(steps_of(history)[1].call.arguments.at("size") == Value(9.0));
  CHECK(steps_of(history)[2].call.arguments.empty());
  history.apply(SwitchStep{blur, false});
  CHECK(recipe_of(steps_of(history)).size() == 2);
  history.apply(ResetStep{blur});
  CHECK(steps_of(history)[1].call.arguments.empty());
  history.apply(RemoveStep{blur});
  CHECK(filters_of(history) == "canny gaussian-blur");
}

TEST_CASE("everything that was changed is undone and done again") {
  History history = two_images();
  const Document last = history.now();
  std::vector<std::string> undone;
  while (history.can_undo()) {
    undone.push_back(history.undo_text());
    history.undo();
  }
  CHECK(undone.size() == 3);
  CHECK(undone.front() == "Add canny");
  CHECK(history.now().images.empty());
  while (history.can_redo()) history.redo();
  CHECK(history.now() == last);
}

TEST_CASE("a drag of a slider is one step of undo, the next drag another") {
  History history = two_images();
  const StepId blur = steps_of(history).front().id;
  for (const double size : {5.0, 7.0, 9.0}) history.apply(SetArgument{blur, "size", size});
  history.seal();
  for (const double size : {11.0, 13.0}) history.apply(SetArgument{blur, "size", size});
  history.undo();
  CHECK(steps_of(history).front().call.arguments.at("size") == Value(9.0));
  history.undo();
  CHECK(steps_of(history).front().call.arguments.empty());
  CHECK(history.undo_text() == "Add canny");
}

TEST_CASE("looking at another image is no step of undo, and stays when one is undone") {
  History history = two_images();
  const ImageId second = history.now().images.back().id;
  history.apply(ShowImage{second});
  CHECK(history.undo_text() == "Add canny");
  history.undo();
  CHECK(history.now().current == second);
  CHECK(history.now().images.front().steps.size() == 1);
}

TEST_CASE("a recipe is copied to other images with numbers of its own") {
  History history = two_images();
  const ImageId second = history.now().images.back().id;
  history.apply(CopyRecipe{{second}});
  const Steps copied = history.now().find(second)->steps;
  REQUIRE(copied.size() == 2);
  CHECK(recipe_of(copied) == recipe_of(steps_of(history)));
  CHECK(copied.front().id != steps_of(history).front().id);
}

TEST_CASE("a preset comes back as it was saved, and one of a like name isn't lost") {
  TempDir folder;
  const Steps steps{{0, {"canny", {{"low", 12.5}, {"exact", true}, {"map", std::string("jet")}}}, true},
                    {0, {"tint", {{"colour", ColourValue{0.25, 0.5, 1}}}}, false}};
  write_preset(folder.path(), "Soft print", steps);
  write_preset(folder.path(), "Soft-print", {});
  write_preset(folder.path(), "Été", steps);
  write_preset(folder.path(), "Ètè", {});
  std::ofstream(folder.file("broken.json")) << "{\"name\": 3}";
  std::vector<std::string> problems;
  const auto presets = read_presets(folder.path(), false, problems);
  REQUIRE(presets.size() == 4);
  CHECK(presets.front().name == "Soft print");
  CHECK(presets.front().steps == steps);
  CHECK(problems.size() == 1);
  CHECK(read_presets(folder.path() / "nowhere", false, problems).empty());
  CHECK_THROWS_AS(write_preset(folder.path(), "", steps), UserError);
  CHECK_THROWS_AS(write_preset("/proc/nowhere", "a", steps), UserError);
}

TEST_CASE("settings come back as they were left, and damage is as good as none") {
  TempDir folder;
  Settings settings;
  settings.window = {1111, 777, std::array{-20, 30}, true};
  settings.dark = false;
  settings.masters = "one:7400,two:7400";
  settings.compression = "zstd";
  settings.lossless = true;
  settings.recipe = {{0, {"gaussian-blur", {{"size", 9.0}}}, true}};
  remember_files(settings, {"/photos/a.jpg"});
  remember_files(settings, {"/photos/b.jpg", "/photos/a.jpg"});
  CHECK(settings.recent_files == std::vector<std::string>{"/photos/b.jpg", "/photos/a.jpg"});
  write_settings(folder.path() / "below", settings);
  const Settings read = read_settings(folder.path() / "below");
  CHECK(read.window == settings.window);
  CHECK_FALSE(read.dark);
  CHECK(read.masters == settings.masters);
  CHECK(read.compression == "zstd");
  CHECK(read.lossless);
  CHECK(read.recipe == settings.recipe);
  CHECK(read.recent_files == settings.recent_files);
  std::ofstream(folder.path() / "below" / "desktop.json") << "{\"window_width\": \"wide\"";
  CHECK(read_settings(folder.path() / "below").window == WindowPlace());
  CHECK(read_settings(folder.path() / "nowhere").dark);
}

}  // namespace
}  // namespace tilework::test

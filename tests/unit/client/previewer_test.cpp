// What is asked of a cluster while somebody looks at an image, with a cluster that answers when the test
// says.
#include "client/preview/previewer.h"

#include <algorithm>
#include <deque>

#include <catch2/catch.hpp>

namespace tilework::test {
namespace {

using namespace client;
using namespace std::chrono_literals;

// Keeps what is asked. The pixels that it gives have the value `shade`.
class Desk final : public RenderPort {
 public:
  struct Asked {
    std::uint64_t picture;
    RenderRequest request;
    RenderObserver observer;
    bool cancelled = false;
  };

  std::uint64_t render(std::uint64_t picture, RenderRequest request, RenderObserver observer) override {
    asked.push_back({picture, std::move(request), std::move(observer)});
    return asked.size();
  }
  void cancel(std::uint64_t number) override { asked.at(number - 1).cancelled = true; }

  void give(Asked& to, const Region& place, int shade) {
    const SampleFormat format{SampleDepth::u8, 1};
    const auto count = static_cast<std::size_t>(place.width) * static_cast<std::size_t>(place.height);
    const std::vector<std::byte> pixels(count, static_cast<std::byte>(shade));
    to.observer.piece({place, format, pixels});
  }
  void finish(Asked& to, int shade, RenderOutcome outcome = {}) {
    for (const Region& region : to.request.regions) give(to, region, shade);
    to.observer.done(outcome);
  }

  std::deque<Asked> asked;
};

// Somebody who looks at an image of 4000x3000 on a screen of 640x480.
class Viewer {
 public:
  Viewer() {
    look.picture_number = 1;
    look.picture = {4000, 3000, {SampleDepth::u8, 1}, 5, {}};
    look.screen = {640, 480};
    look.viewport = {false, 1, {2000, 1500}};
  }
  void frame() { previewer.look(look, now); }
  void blur(double size) { look.recipe = {{"gaussian-blur", {{"size", size}}}}; }
  // Answers everything that is asked until nothing more is.
  void settle(int shade) {
    frame();
    while (previewer.is_busy()) {
      if (!desk.asked.empty() && &desk.asked.back() != finished_) {
        finished_ = &desk.asked.back();
        desk.finish(desk.asked.back(), shade);
      }
      now += 10ms;
      frame();
    }
  }

  Desk desk;
  int wakes = 0;
  Previewer previewer{desk, [this] { ++wakes; }};
  Previewer::Clock::time_point now = Previewer::Clock::now();
  Look look;

 private:
  Desk::Asked* finished_ = nullptr;
};

std::int64_t pixels_of(const RenderRequest& request) {
  std::int64_t pixels = 0;
  for (const Region& region : request.regions) pixels += std::int64_t{region.width} * region.height;
  return pixels;
}

TEST_CASE("a previewer asks for what is on screen, and for little more") {
  Viewer viewer;
  viewer.blur(31);
  viewer.look.viewport.centre = {1937, 1411};
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == 1);
  const auto& request = viewer.desk.asked.front().request;
  CHECK(request.level == 0);
  CHECK(request.recipe == viewer.look.recipe);
  CHECK(pixels_of(request) >= 640 * 480);
  CHECK(pixels_of(request) <= (640 + 64) * (480 + 64));
  viewer.desk.finish(viewer.desk.asked.front(), 7);
  viewer.frame();
  CHECK(viewer.previewer.is_complete(Side::result));
  CHECK(viewer.previewer.value_at(Side::result, 1937, 1411) == "7");
}

TEST_CASE("a view that moves asks for what it uncovers alone") {
  Viewer viewer;
  viewer.blur(31);
  viewer.settle(7);
  const auto asked = viewer.desk.asked.size();
  viewer.look.viewport.centre.x += 200;
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == asked + 1);
  CHECK_FALSE(viewer.previewer.is_complete(Side::result));
  CHECK(pixels_of(viewer.desk.asked.back().request) <= 400 * 544);
  viewer.desk.finish(viewer.desk.asked.back(), 8);
  viewer.frame();
  CHECK(viewer.previewer.is_complete(Side::result));
}

TEST_CASE("while a slider moves, one render runs, and the newest value comes next") {
  Viewer viewer;
  viewer.blur(31);
  viewer.settle(7);
  const auto asked = viewer.desk.asked.size();
  for (const double size : {33.0, 35.0, 37.0}) {
    viewer.blur(size);
    viewer.frame();
  }
  REQUIRE(viewer.desk.asked.size() == asked + 1);
  CHECK(viewer.desk.asked.back().request.recipe.front().arguments.at("size") == Value(33.0));
  CHECK_FALSE(viewer.desk.asked.back().cancelled);
  viewer.desk.finish(viewer.desk.asked.back(), 8);
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == asked + 2);
  CHECK(viewer.desk.asked.back().request.recipe.front().arguments.at("size") == Value(37.0));
}

TEST_CASE("a render that nobody wants any more is cancelled when it takes long") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  viewer.blur(33);
  viewer.now += 50ms;
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == 2);
  CHECK(viewer.desk.asked.front().cancelled);
  // What it still gives is no part of the new picture.
  viewer.desk.finish(viewer.desk.asked.front(), 9);
  viewer.frame();
  CHECK_FALSE(viewer.previewer.is_complete(Side::result));
}

TEST_CASE("a histogram waits until the picture has rested, and makes way for the next one at once") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  viewer.desk.finish(viewer.desk.asked.back(), 7);
  viewer.frame();
  CHECK(viewer.desk.asked.size() == 1);
  CHECK(viewer.previewer.is_busy());
  viewer.now += 50ms;
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == 2);
  CHECK(viewer.desk.asked.back().request.level > 0);
  viewer.blur(33);
  viewer.frame();
  REQUIRE(viewer.desk.asked.size() == 3);
  CHECK(viewer.desk.asked[1].cancelled);
  CHECK(viewer.desk.asked[2].request.level == 0);
}

TEST_CASE("a render whose last piece came before its end is left to end") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  // The picture, and what the two histograms need.
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(viewer.desk.asked.size() == i + 1);
    auto& asked = viewer.desk.asked.back();
    for (const Region& region : asked.request.regions) viewer.desk.give(asked, region, 7);
    viewer.frame();
    CHECK_FALSE(asked.cancelled);
    asked.observer.done({});
    viewer.frame();
    viewer.now += 50ms;
    viewer.frame();
  }
  CHECK_FALSE(viewer.previewer.is_busy());
}

TEST_CASE("pieces of a quick render cause no frames, those of a slow one do") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  auto& asked = viewer.desk.asked.front();
  const Region all = asked.request.regions.front();
  viewer.desk.give(asked, {all.x, all.y, all.width, 256}, 7);
  CHECK(viewer.wakes == 0);
  asked.observer.done({});
  CHECK(viewer.wakes == 1);

  Viewer patient;
  patient.now -= 1s;
  patient.blur(31);
  patient.frame();
  auto& slow = patient.desk.asked.front();
  const Region same = slow.request.regions.front();
  patient.desk.give(slow, {same.x, same.y, same.width, 256}, 7);
  CHECK(patient.wakes == 1);
}

TEST_CASE("the histogram counts the whole image, and stays until the next is counted") {
  Viewer viewer;
  viewer.blur(31);
  viewer.settle(7);
  const Histogram* before = viewer.previewer.histogram(Side::result);
  REQUIRE(before != nullptr);
  CHECK(before->counts[0][7] == 500 * 375);
  viewer.blur(33);
  viewer.frame();
  REQUIRE(viewer.previewer.histogram(Side::result) != nullptr);
  CHECK(viewer.previewer.histogram(Side::result)->counts[0][7] == 500 * 375);
  viewer.settle(9);
  CHECK(viewer.previewer.histogram(Side::result)->counts[0][9] == 500 * 375);
}

TEST_CASE("a picture that is computed is spoken of only when it takes long") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  CHECK(viewer.previewer.incomplete_since() == viewer.now);
  CHECK_FALSE(viewer.previewer.is_slow());
  viewer.now += 300ms;
  viewer.frame();
  CHECK(viewer.previewer.is_slow());
  viewer.desk.finish(viewer.desk.asked.back(), 7);
  viewer.frame();
  CHECK_FALSE(viewer.previewer.is_slow());
  CHECK_FALSE(viewer.previewer.incomplete_since().has_value());
}

TEST_CASE("until a new picture is there, the old one is shown, with its values") {
  Viewer viewer;
  viewer.blur(31);
  viewer.settle(7);
  viewer.blur(33);
  viewer.frame();
  CHECK_FALSE(viewer.previewer.is_complete(Side::result));
  CHECK(viewer.previewer.is_covered(Side::result));
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "7");
  viewer.settle(9);
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "9");
}

TEST_CASE("a converted file takes the place of what the recipe makes, and gives it back") {
  Viewer viewer;
  viewer.blur(31);
  viewer.settle(7);
  viewer.look.result_number = 2;
  viewer.frame();
  CHECK_FALSE(viewer.previewer.is_complete(Side::result));
  CHECK(viewer.previewer.is_covered(Side::result));  // by the preview
  CHECK(viewer.desk.asked.back().picture == 2);
  CHECK(viewer.desk.asked.back().request.recipe.empty());
  viewer.settle(8);
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "8");
  CHECK(viewer.previewer.value_at(Side::input, 2000, 1500) != "8");
  viewer.blur(33);  // which the file doesn't follow
  viewer.frame();
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "8");
  viewer.blur(31);
  viewer.look.result_number.reset();
  const auto asked = viewer.desk.asked.size();
  viewer.frame();
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "7");
  CHECK(viewer.desk.asked.size() == asked);
}

// Looks at a whole image, and gets a picture with the stats of the reduced one, and the histograms.
void show_with_reduced_stats(Viewer& viewer) {
  viewer.look.viewport = {};
  viewer.look.recipe = {{"auto-levels", {}}};
  viewer.frame();
  viewer.desk.finish(viewer.desk.asked.back(), 7, {.reduced_stats = {0}});
  viewer.frame();
  CHECK(viewer.previewer.reduced_stats() == std::vector<std::size_t>{0});
  for (int i = 0; i < 2; ++i) {
    viewer.now += 50ms;
    viewer.frame();
    REQUIRE_FALSE(viewer.desk.asked.back().request.regions.empty());
    viewer.desk.finish(viewer.desk.asked.back(), 7, {.reduced_stats = {0}});
    viewer.frame();
  }
}

TEST_CASE("a picture with the stats of the reduced image is followed by the exact one, once it has rested") {
  Viewer viewer;
  show_with_reduced_stats(viewer);
  viewer.now += 50ms;
  viewer.frame();
  auto& analysis = viewer.desk.asked.back();
  CHECK(analysis.request.exact_stats);
  CHECK(analysis.request.regions.empty());
  CHECK(analysis.request.recipe == viewer.look.recipe);

  // Meanwhile the view can move.
  viewer.look.viewport = {false, 1, {2000, 1500}};
  viewer.frame();
  REQUIRE(&viewer.desk.asked.back() != &analysis);
  CHECK_FALSE(analysis.cancelled);
  CHECK_FALSE(viewer.desk.asked.back().request.exact_stats);
  viewer.desk.finish(viewer.desk.asked.back(), 8);
  viewer.look.viewport = {};
  viewer.frame();
  CHECK(viewer.previewer.is_complete(Side::result));

  analysis.observer.done({});
  viewer.frame();
  CHECK_FALSE(viewer.previewer.is_complete(Side::result));
  CHECK(viewer.previewer.is_covered(Side::result));
  CHECK(viewer.desk.asked.back().request.exact_stats);
  viewer.settle(9);
  CHECK(viewer.previewer.reduced_stats().empty());
  CHECK(viewer.previewer.value_at(Side::result, 2000, 1500) == "~ 9");
  const auto asked = viewer.desk.asked.size();
  viewer.now += 1s;
  viewer.frame();
  CHECK(viewer.desk.asked.size() == asked);
}

TEST_CASE("stats of full size aren't asked for while a recipe changes, nor again when they can't be had") {
  Viewer viewer;
  show_with_reduced_stats(viewer);
  viewer.now += 50ms;
  viewer.frame();
  auto& analysis = viewer.desk.asked.back();
  REQUIRE(analysis.request.exact_stats);
  viewer.look.recipe = {{"equalize", {}}};
  viewer.frame();
  CHECK(analysis.cancelled);

  Viewer other;
  show_with_reduced_stats(other);
  other.now += 50ms;
  other.frame();
  REQUIRE(other.desk.asked.back().request.exact_stats);
  other.desk.asked.back().observer.failed(Error(Fault::failed, "auto-levels crashed"));
  const auto asked = other.desk.asked.size();
  for (int i = 0; i < 3; ++i) {
    other.now += 2s;
    other.frame();
  }
  CHECK(other.desk.asked.size() == asked);
  CHECK(other.previewer.is_complete(Side::result));
  CHECK(other.previewer.error(Side::result) == nullptr);
}

TEST_CASE("a small picture of a large image is shown until what is on screen is there") {
  for (const bool is_provisional : {true, false}) {
    Viewer viewer;
    viewer.look.picture = {40000, 30000, {SampleDepth::u8, 1}, 9, {}};
    viewer.look.viewport = {};
    viewer.frame();
    REQUIRE(viewer.desk.asked.size() == 2);
    auto& screen = viewer.desk.asked[0];
    auto& small = viewer.desk.asked[1];
    CHECK_FALSE(screen.request.provisional);
    CHECK(small.request.provisional);
    CHECK(small.request.recipe.empty());
    CHECK(small.request.level == 7);
    viewer.desk.finish(small, 5, {.provisional = is_provisional});
    CHECK(viewer.wakes == 1);
    viewer.frame();
    REQUIRE_FALSE(viewer.previewer.tiles(Side::input).empty());
    CHECK(viewer.previewer.tiles(Side::input).front()->key.level == 7);
    CHECK_FALSE(viewer.previewer.is_complete(Side::input));
    CHECK((viewer.previewer.histogram(Side::input) == nullptr) == is_provisional);
    viewer.desk.finish(screen, 6);
    viewer.settle(6);
    CHECK(viewer.previewer.is_complete(Side::input));
    for (const auto& tile : viewer.previewer.tiles(Side::input)) CHECK(tile->key.level != 7);
    CHECK(viewer.previewer.histogram(Side::input)->counts[0][is_provisional ? 6 : 5] > 0);
  }
}

TEST_CASE(
    "findings come with pictures at full size, for each place once, and stay until the next are there") {
  Viewer viewer;
  viewer.look.recipe = {{"find-spots", {}}};
  viewer.frame();
  REQUIRE(viewer.desk.asked.back().request.detects);
  const Finding first{{2000, 1500, 4, 4}, "spot", 1}, second{{1750, 1300, 4, 4}, "spot", 1};
  viewer.desk.finish(viewer.desk.asked.back(), 7, {.findings = {first, second}});
  viewer.frame();
  CHECK(viewer.previewer.findings() == std::vector{second, first});
  // The same place again, with its neighbours.
  viewer.look.viewport.centre.x += 300;
  viewer.frame();
  viewer.desk.finish(viewer.desk.asked.back(), 7, {.findings = {first}});
  viewer.frame();
  REQUIRE(viewer.previewer.findings());
  CHECK(std::ranges::count(*viewer.previewer.findings(), first) == 1);
  // A slider moves.
  viewer.look.recipe.front().arguments["threshold"] = 0.1;
  viewer.frame();
  CHECK(std::ranges::count(*viewer.previewer.findings(), first) == 1);
  viewer.desk.finish(viewer.desk.asked.back(), 7);
  viewer.frame();
  CHECK(viewer.previewer.findings() == std::vector<Finding>());
  // A reduced image has others, which aren't shown.
  viewer.look.viewport = {};
  viewer.frame();
  CHECK_FALSE(viewer.desk.asked.back().request.detects);
  CHECK_FALSE(viewer.previewer.findings());
}

TEST_CASE("what can't be computed is said, and the next recipe is tried") {
  Viewer viewer;
  viewer.blur(31);
  viewer.frame();
  viewer.desk.asked.back().observer.failed(Error(Fault::failed, "gaussian-blur crashed"));
  viewer.frame();
  REQUIRE(viewer.previewer.error(Side::result) != nullptr);
  CHECK(viewer.previewer.error(Side::result)->what() == std::string("gaussian-blur crashed"));
  viewer.blur(33);
  viewer.settle(9);
  CHECK(viewer.previewer.error(Side::result) == nullptr);
  CHECK(viewer.previewer.is_complete(Side::result));
}

}  // namespace
}  // namespace tilework::test

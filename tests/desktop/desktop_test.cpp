// tilework-desktop as a person uses it: with hand and keyboard on a screen, at a cluster whose processes die
// on the way. What is saved has to be what the command line gives.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/desktop/steps.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

// The recipe that the program remembers, as arguments of `tilework apply`.
std::vector<std::string> remembered_recipe(const std::filesystem::path& home) {
  const auto settings = nlohmann::json::parse(std::ifstream(home / "config/tilework/desktop.json"));
  std::vector<std::string> words;
  for (const auto& step : settings.at("recipe")) {
    std::string call = step.at("filter");
    char separator = ':';
    for (const auto& [name, value] : step.at("arguments").items()) {
      call += separator + name + '=' + (value.is_string() ? value.get<std::string>() : value.dump());
      separator = ',';
    }
    words.insert(words.end(), {"-f", call});
  }
  return words;
}

// Whether a part of the screen is found in the image, with every pixel as it is there.
bool holds(const cv::Mat& image, const cv::Mat& part) {
  cv::Mat differences;
  const cv::Rect corner(0, 0, 48, 48);
  cv::matchTemplate(image, part(corner), differences, cv::TM_SQDIFF);
  cv::Point best;
  cv::minMaxLoc(differences, nullptr, nullptr, &best, nullptr);
  const cv::Rect place(best, part.size());
  if ((place & cv::Rect({}, image.size())) != place) return false;
  return different_part(image(place), part) == 0;
}

TEST_CASE("a photo is filtered, compared, converted and saved, while a worker and a master die") {
  if (skipped()) return;
  TwoMasters cluster;
  const auto home = cluster.folder().path() / "home";
  const std::string photo = cluster.folder().file("photo.png");
  const std::string other = cluster.folder().file("other.jpg");
  write_photo(photo, {3000, 2000}, 1);
  write_photo(other, {1200, 900}, 2);
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  Desktop desktop(screen, home, TILEWORK_PICTURES_DIR, {photo, "--master", cluster.masters()});

  // The photo of the command line is there, and another comes by the dialog.
  const cv::Mat original = next_picture(desktop, {});
  desktop.keep_picture("1-opened");
  desktop.click("images/open");
  type_path(desktop, other);
  desktop.wait_until_gone("dialog/path");
  desktop.area("image/other.jpg");
  const cv::Mat second = next_picture(desktop, original);
  desktop.click("image/photo.png");
  next_picture(desktop, second);

  // Two filters, and a slider that is dragged.
  add_filter(desktop, "blur gau", "gaussian-blur");
  const cv::Mat blurred = next_picture(desktop, original);
  add_filter(desktop, "bright", "brightness-contrast");
  const std::string slider = "parameter/brightness-contrast/bias";
  const auto place = desktop.area(slider);
  const cv::Point middle = (place.tl() + place.br()) / 2;
  screen.drag(middle, middle - cv::Point(place.width / 4, 0));
  const cv::Mat dark = next_picture(desktop, blurred);
  desktop.keep_picture("2-two-filters");

  // A worker dies; the slider still works.
  cluster.worker(0).signal(SIGKILL);
  screen.drag(middle - cv::Point(place.width / 4, 0), middle - cv::Point(place.width / 8, 0));
  const cv::Mat filtered = next_picture(desktop, dark);

  // Before and after, side by side.
  desktop.click("viewport/compare");
  const auto handle = desktop.middle("viewport/split");
  cv::Mat halves = next_picture(desktop, filtered);
  const cv::Rect left(0, 0, halves.cols / 4, halves.rows);
  const cv::Rect right(halves.cols * 3 / 4, 0, halves.cols / 4, halves.rows);
  CHECK(different_part(halves(left), original(left)) < 0.05);
  CHECK(different_part(halves(right), filtered(right)) < 0.05);
  desktop.keep_picture("3-compared");
  screen.drag(handle, handle + cv::Point(200, 0));
  CHECK(std::abs(desktop.middle("viewport/split").x - handle.x - 200) < 10);
  halves = desktop.picture_of("viewport");
  desktop.click("viewport/compare");
  next_picture(desktop, halves);

  // Undo and redo.
  screen.key("ctrl+z");
  const cv::Mat undone = next_picture(desktop, filtered);
  CHECK(different_part(undone, dark) < 0.05);
  screen.key("ctrl+shift+z");
  CHECK(different_part(next_picture(desktop, undone), filtered) < 0.05);

  // The master dies while the photo is converted.
  desktop.click("convert/start");
  cluster.master(0).signal(SIGKILL);
  desktop.area("convert/save/photo.png");
  desktop.keep_picture("4-converted");
  const std::string saved = cluster.folder().file("saved.png");
  desktop.click("convert/save/photo.png");
  type_path(desktop, saved);
  desktop.wait("the saved file", [&] { return std::filesystem::exists(saved); });

  // The name is taken now, and another format isn't what the file has: both are said, and nothing is written.
  screen.key("ctrl+s");
  type_path(desktop, cluster.folder().file("saved.jpg"));
  type_path(desktop, saved);
  desktop.keep_picture("5-name-taken");
  CHECK(desktop.shows("dialog/accept"));
  CHECK_FALSE(std::filesystem::exists(cluster.folder().file("saved.jpg")));
  const auto time_of_file = std::filesystem::last_write_time(saved);
  desktop.click("dialog/accept");
  desktop.wait_until_gone("dialog/path");
  desktop.wait("the replaced file", [&] { return std::filesystem::last_write_time(saved) != time_of_file; });

  // The panel's picture of the result was filled while it came, in spite of the master.
  const cv::Mat shown = desktop.picture_of("convert/picture");
  cv::Mat reduced;
  cv::resize(cv::imread(saved), reduced, shown.size(), 0, 0, cv::INTER_AREA);
  CHECK(cv::norm(shown, reduced, cv::NORM_L1) / static_cast<double>(3 * shown.total()) < 4);

  // The client goes on with the second master: at full size it shows what was saved.
  desktop.click("viewport/full-size");
  const cv::Mat close_up = next_picture(desktop, filtered);
  desktop.keep_picture("6-full-size");
  const cv::Rect inner(close_up.cols / 8, close_up.rows / 8, close_up.cols / 2, close_up.rows / 2);
  CHECK(holds(cv::imread(saved), close_up(inner)));

  // The converted file itself, which the second master has to be given, stays as it is when the recipe is
  // changed.
  screen.key("ctrl+z");
  const cv::Mat other_recipe = next_picture(desktop, close_up);
  desktop.click("viewport/result-file");
  desktop.area("viewport/shows-file");
  const cv::Mat file = next_picture(desktop, other_recipe);
  CHECK(different_part(file(inner), close_up(inner)) == 0);
  desktop.keep_picture("7-converted-file");
  screen.key("ctrl+shift+z");

  CHECK(desktop.quit() == 0);
  auto words = remembered_recipe(home);
  REQUIRE(words.size() == 4);
  const std::string expected = cluster.folder().file("expected.png");
  words.insert(words.begin(),
               {program("tilework"), "apply", photo, "-o", expected, "--master", cluster.masters()});
  const auto applied = run(words, cluster.folder().path() / "apply");
  REQUIRE(applied.code == 0);
  CHECK(difference_of_files(saved, expected).empty());
}

TEST_CASE("an image waits for a master that isn't up yet, and is shown when it is") {
  if (skipped()) return;
  Cluster cluster(0);
  const std::string address = cluster.address();
  cluster.master().signal(SIGKILL);
  cluster.master().wait();
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {800, 600}, 1);
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  Desktop desktop(screen, cluster.folder().path() / "home", TILEWORK_PICTURES_DIR,
                  {photo, "--master", address});
  desktop.area("viewport/waits");
  Process server({program("tilework-server"), "local", "--port", address.substr(address.find(':') + 1),
                  "--state", cluster.folder().file("local-state")},
                 cluster.folder().path() / "local");
  desktop.area("viewport/complete");
  CHECK_FALSE(desktop.shows("viewport/waits"));
  CHECK(desktop.quit() == 0);
}

TEST_CASE("the window comes back where it was, in the size that it had") {
  if (skipped()) return;
  Cluster cluster(0);
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  const auto home = cluster.folder().path() / "home";
  const std::vector<std::string> arguments{"--master", cluster.masters()};
  const cv::Rect place(120, 60, 1000, 700), later(200, 100, 900, 650);
  {
    Desktop desktop(screen, home, TILEWORK_PICTURES_DIR, arguments);
    screen.put_window("Tilework", place);
    desktop.wait("the new size", [&] {
      const auto status = desktop.find("status/shortcuts");
      return status && status->x < place.width && status->y > place.height - 60;
    });
    CHECK(screen.place_of_window("Tilework") == place);
    screen.move((place.tl() + place.br()) / 2);
    REQUIRE(desktop.quit() == 0);
  }
  {
    Desktop desktop(screen, home, TILEWORK_PICTURES_DIR, arguments);
    desktop.area("status/shortcuts");
    CHECK(screen.place_of_window("Tilework") == place);

    // It is moved and closed before the program sees either.
    desktop.signal(SIGSTOP);
    screen.put_window("Tilework", later);
    screen.key("ctrl+q");
    desktop.signal(SIGCONT);
    REQUIRE(desktop.wait_for_end() == 0);
  }
  Desktop desktop(screen, home, TILEWORK_PICTURES_DIR, arguments);
  CHECK(screen.place_of_window("Tilework") == later);
  CHECK(desktop.quit() == 0);
}

}  // namespace
}  // namespace tilework::test

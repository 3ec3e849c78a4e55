// More images than a master lets a client have open.
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/desktop/steps.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

constexpr int images = 30;

int shade_of(int image) {
  return 8 * image;
}

int shade_at(const cv::Mat& picture, cv::Point at) {
  return picture.at<cv::Vec3b>(at)[1];
}

TEST_CASE("a folder of many images is gone through, though few are open at the master at a time") {
  if (skipped()) return;
  Cluster cluster(1, {"--max-previews", "18"});
  const std::filesystem::path folder = cluster.folder().file("photos");
  std::filesystem::create_directory(folder);
  for (int i = 1; i < images; ++i) {
    const auto file = folder / ("p" + std::to_string(i) + ".png");
    cv::imwrite(file.string(), cv::Mat(300, 400, CV_8UC3, cv::Scalar::all(shade_of(i))));
  }
  std::ofstream(folder / ("p" + std::to_string(images) + ".png")) << "no image";
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  Desktop desktop(screen, cluster.folder().path() / "home", TILEWORK_PICTURES_DIR,
                  {folder.string(), "--master", cluster.masters()});
  const auto shows = [&](int image) {
    desktop.wait("image " + std::to_string(image), [&] {
      if (!desktop.shows("viewport/complete")) return false;
      const cv::Mat viewport = screen.picture()(*desktop.find("viewport"));
      return shade_at(viewport, {viewport.cols / 2, viewport.rows / 2}) == shade_of(image);
    });
  };
  // They come as people count, and the strip follows.
  shows(1);
  for (int i = 2; i < images; ++i) {
    screen.key("Next");
    shows(i);
  }
  const int last = images - 1;
  const std::string name = "image/p" + std::to_string(last) + ".png";
  desktop.wait("the last thumbnail", [&] {
    const auto place = desktop.find(name);
    return place && shade_at(screen.picture(), {place->x + place->width / 2, place->y + place->height / 3}) ==
                        shade_of(last);
  });
  // What is no image is said to be none; what was closed meanwhile is there at once.
  screen.key("Next");
  desktop.wait_until_gone("viewport/complete");
  screen.key("Prior");
  shows(last);
  screen.wheel(desktop.middle(name), 80);
  desktop.click("image/p1.png");
  shows(1);
  desktop.keep_picture("many-images");
  CHECK(desktop.quit() == 0);
}

}  // namespace
}  // namespace tilework::test

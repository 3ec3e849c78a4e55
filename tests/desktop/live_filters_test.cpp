// Filters that come, change and go while the desktop client is open.
#include <chrono>
#include <filesystem>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/desktop/steps.h"
#include "tests/integration/live_plugins.h"

namespace tilework::test {
namespace {

// The value in the middle of the viewport.
int shade(const cv::Mat& viewport) {
  return viewport.at<cv::Vec3b>(viewport.rows / 2, viewport.cols / 2)[1];
}

TEST_CASE("a dropped filter is in the list within a second, and one that is replaced changes the preview") {
  if (skipped()) return;
  Cluster cluster(1);
  const std::string photo = cluster.folder().file("photo.png");
  cv::imwrite(photo, cv::Mat(600, 800, CV_8UC3, cv::Scalar::all(20)));
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  Desktop desktop(screen, cluster.folder().path() / "home", TILEWORK_PICTURES_DIR,
                  {photo, "--master", cluster.masters()});
  const cv::Mat original = next_picture(desktop, {});
  CHECK(shade(original) == 20);

  // Dropped while the list of filters is open.
  desktop.click("recipe/add");
  desktop.area("picker/search");
  screen.type("version");
  CHECK_FALSE(desktop.shows("picker/test-version"));
  const auto begin = std::chrono::steady_clock::now();
  put_version(cluster, 30);
  desktop.wait("the dropped filter", [&] { return desktop.shows("picker/test-version"); });
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  desktop.keep_picture("live-1-dropped");
  desktop.click("picker/test-version");
  const cv::Mat first = next_picture(desktop, original);
  CHECK(shade(first) == 50);

  // Replaced: nobody touches the client.
  put_version(cluster, 100);
  const cv::Mat second = next_picture(desktop, first);
  CHECK(shade(second) == 120);

  // What is no filter, or crashes when it is looked at, harms nothing.
  for (const std::string name : {"scan_crashes", "other_abi", "no_plugin"}) {
    std::filesystem::copy_file(live_plugin(name), plugin_folder(cluster) / (name + ".so"));
    desktop.wait(name + " to be refused",
                 [&] { return says(cluster, "plugin refused file=" + name + ".so"); });
  }
  CHECK(different_part(desktop.picture_of("viewport"), second) < 0.05);

  // Withdrawn: the recipe says so, and can be mended.
  std::filesystem::remove(version_file(cluster));
  desktop.area("step/0/missing");
  desktop.area("convert/obstacle");
  desktop.keep_picture("live-2-withdrawn");
  desktop.click("step/0/switch");
  CHECK(shade(next_picture(desktop, second)) == 20);

  // It may come back.
  put_version(cluster, 60);
  desktop.wait_until_gone("step/0/missing");
  desktop.click("step/0/switch");
  CHECK(shade(next_picture(desktop, original)) == 80);
  CHECK(desktop.quit() == 0);
}

}  // namespace
}  // namespace tilework::test

// Findings in the desktop client: their table on the screen, and the file that it is saved as.
#include <filesystem>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/desktop/steps.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

TEST_CASE("what a detector finds is boxed, listed and saved, and is what the command line finds") {
  if (skipped()) return;
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.png");
  cv::Mat image(1500, 2000, CV_8UC3, cv::Scalar::all(30));
  cv::RNG random(4);
  for (int i = 0; i < 60; ++i) {
    cv::circle(image, {random.uniform(20, 1980), random.uniform(20, 1480)}, random.uniform(3, 9),
               cv::Scalar::all(230), cv::FILLED, cv::LINE_AA);
  }
  cv::imwrite(photo, image);
  Screen screen(cluster.folder().path() / "screen", {1400, 900});
  Desktop desktop(screen, cluster.folder().path() / "home", TILEWORK_PICTURES_DIR,
                  {photo, "--master", cluster.masters()});
  const cv::Mat original = next_picture(desktop, {});
  add_filter(desktop, "spots", "find-spots");
  // At full size they are seen at once, and at fit after the conversion.
  desktop.click("viewport/full-size");
  desktop.area("viewport/live-findings");
  desktop.keep_picture("live-findings");
  desktop.click("viewport/fit");
  desktop.wait_until_gone("viewport/live-findings");
  desktop.click("convert/start");
  desktop.area("viewport/findings");
  const cv::Mat boxed = next_picture(desktop, {});
  const double boxes = different_part(boxed, original);
  CHECK(boxes > 0.001);
  screen.key("b");
  desktop.wait("the boxes to go",
               [&] { return different_part(desktop.picture_of("viewport"), original) < boxes / 10; });
  screen.key("b");

  desktop.click("viewport/findings");
  desktop.click("findings/first");  // which the view goes to
  desktop.wait("the first finding",
               [&] { return different_part(desktop.picture_of("viewport"), boxed) > 0.1; });
  desktop.keep_picture("findings");
  desktop.click("findings/save");
  const std::string saved = cluster.folder().file("found.csv");
  type_path(desktop, saved);
  desktop.wait("the saved table", [&] { return std::filesystem::exists(saved); });
  const std::string expected = cluster.folder().file("expected.csv");
  const auto applied = cluster.tilework(
      {"apply", photo, "-f", "find-spots", "-o", cluster.folder().file("out.png"), "--findings", expected});
  REQUIRE(applied.code == 0);
  CHECK(bytes_of_file(saved).size() > 1000);
  // There, images are called as they were given.
  std::string rows = bytes_of_file(expected);
  for (auto at = rows.find(photo); at != std::string::npos; at = rows.find(photo, at)) {
    rows.replace(at, photo.size(), "photo.png");
  }
  CHECK(bytes_of_file(saved) == rows);

  // The result isn't saved: neither is the image closed away, nor the program ended, without a question.
  screen.key("ctrl+w");
  desktop.click("confirmation/no");
  desktop.wait_until_gone("confirmation/no");
  desktop.area("image/photo.png");
  screen.key("ctrl+q");
  desktop.click("confirmation/no");
  desktop.wait_until_gone("confirmation/no");
  screen.key("ctrl+w");
  desktop.click("confirmation/yes");
  desktop.wait_until_gone("image/photo.png");
  CHECK(desktop.quit() == 0);
}

}  // namespace
}  // namespace tilework::test

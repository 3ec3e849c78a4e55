#include "tests/desktop/steps.h"

#include <utility>

#include <catch2/catch.hpp>

namespace tilework::test {

bool skipped() {
  const std::string missing = Screen::missing();
  if (!missing.empty()) WARN("skipped: " << missing);
  return !missing.empty();
}

void add_filter(Desktop& desktop, const std::string& search, const std::string& filter) {
  desktop.click("recipe/add");
  desktop.area("picker/search");
  desktop.screen().type(search);
  desktop.click("picker/" + filter);
  desktop.wait_until_gone("picker/search");
}

void type_path(Desktop& desktop, const std::string& path) {
  desktop.click("dialog/path");
  desktop.screen().key("ctrl+a");
  desktop.screen().type(path);
  desktop.screen().key("Return");
}

double different_part(const cv::Mat& a, const cv::Mat& b) {
  REQUIRE(a.size() == b.size());
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  return cv::countNonZero(difference.reshape(1)) / (static_cast<double>(difference.total()) * 3);
}

cv::Mat next_picture(Desktop& desktop, const cv::Mat& before) {
  cv::Mat last, now;
  desktop.wait("a new picture", [&] {
    last = std::exchange(now, desktop.picture_of("viewport"));
    if (!desktop.shows("viewport/complete") || last.size() != now.size()) return false;
    if (different_part(last, now) > 0) return false;
    return before.size() != now.size() || different_part(before, now) > 0.1;
  });
  return now;
}

}  // namespace tilework::test

#include "client/ui/filter_search.h"

#include <catch2/catch.hpp>

namespace tilework::client {
namespace {

FilterDescription filter(const std::string& name, const std::string& label, const std::string& group,
                         const std::string& help) {
  FilterDescription filter;
  filter.name = name;
  filter.label = label;
  filter.group = group;
  filter.help = help;
  return filter;
}

const std::vector<FilterDescription> filters{
    filter("sharpen", "Sharpen", "Detail", "Removes noise with a Gaussian, then raises each pixel."),
    filter("canny", "Canny edges", "Edges", "Draws edges of a blurred image."),
    filter("gaussian-blur", "Gaussian blur", "Smoothing", "Blurs with a bell curve."),
    filter("box-blur", "Box blur", "Smoothing", "Blurs with a box."), filter("plain", "", "", "")};

// The names that are found, group by group.
std::string found(const std::string& words) {
  std::string text;
  for (const auto& group : find_filters(filters, words)) {
    text += group.name + ':';
    for (const auto* one : group.filters) text += ' ' + one->name;
    text += '\n';
  }
  return text;
}

TEST_CASE("filters that are called what one types come before those that speak of it") {
  CHECK(found("gaus") == "Smoothing: gaussian-blur\nDetail: sharpen\n");
  CHECK(found("blur") == "Smoothing: box-blur gaussian-blur\nEdges: canny\n");
  CHECK(found("EDGES") == "Edges: canny\n");
  CHECK(found("smooth") == "Smoothing: box-blur gaussian-blur\n");
}

TEST_CASE("all words have to be found, in any order") {
  CHECK(found("blur gau") == "Smoothing: gaussian-blur\n");
  CHECK(found("gau box").empty());
  CHECK(found("nothing").empty());
}

TEST_CASE("without words all filters are found, in the order of the alphabet") {
  const std::string all = "Detail: sharpen\nEdges: canny\nOther: plain\nSmoothing: box-blur gaussian-blur\n";
  CHECK(found("") == all);
  CHECK(found("  ") == all);
}

}  // namespace
}  // namespace tilework::client

// Small segments, which travel in bundles: what holds for one holds for all.
#include <regex>
#include <string>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

// Tiles whose last byte ends a cache line, so that the next one lies in what is marked.
client::JobSpec in_small_tiles(Cluster& cluster, const Recipe& recipe) {
  write_photo(cluster.folder().file("in.png"), {401, 350});
  client::JobSpec spec;
  spec.input = cluster.folder().file("in.png");
  spec.output = cluster.folder().file("out.png");
  spec.name = "in.png";
  spec.recipe = recipe;
  spec.format = "png";
  spec.tile_width = spec.tile_height = 8;
  return spec;
}

std::string result_of(Cluster& cluster) {
  return bytes_of_file(cluster.folder().file("out.png"));
}

std::string expected(Cluster& cluster, const Recipe& recipe) {
  const std::string file = cluster.folder().file("reference.png");
  run_reference(cluster.folder().file("in.png"), file, recipe);
  return bytes_of_file(file);
}

}  // namespace

TEST_CASE("bundles of small segments give what the whole image gives") {
  const Recipe recipe = GENERATE(Recipe{{"invert", {}}}, Recipe{{"gaussian-blur", {}}, {"grayscale", {}}},
                                 Recipe{{"auto-levels", {}}, {"sharpen", {}}});
  Cluster cluster(2);
  auto session = cluster.session();
  session.apply(in_small_tiles(cluster, recipe)).get();
  CHECK(result_of(cluster) == expected(cluster, recipe));
}

TEST_CASE("a bundle that a filter spoilt is computed again as a whole") {
  Cluster cluster(1, {}, {"--slots", "1"});
  auto session = cluster.session();
  const auto spec = in_small_tiles(cluster, {{"invert", {}}, {"test-writes-late", {}}});
  const std::regex larger("segment failed .* bundle=([2-9]|[0-9]{2,}) .*wrote outside its tile");
  const auto was_larger = [&] { return std::regex_search(cluster.worker(0).errors(), larger); };
  // On a machine that has much else to do, bundles may be of one segment when it happens.
  for (int round = 0; round < 5 && !was_larger(); ++round) {
    const auto outcome = session.apply(spec).get();
    CHECK(result_of(cluster) == expected(cluster, {{"invert", {}}}));
    CHECK(outcome.result.retried > 0);
  }
  CHECK(was_larger());
}

}  // namespace tilework::test

// What one user's plugins leave behind in filter hosts, and what they can see there, is nobody else's.
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "schema/model/error.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

const cv::Size large{1500, 900}, small{400, 300};  // of several tiles, and of one that goes in a message

std::string photo(Cluster& cluster, cv::Size size) {
  const std::string file = cluster.folder().file("photo-" + std::to_string(size.width) + ".png");
  write_photo(file, size);
  return file;
}

// As test_leftovers.cpp looks for it.
std::string write_secret(Cluster& cluster, cv::Size size) {
  const std::string file = cluster.folder().file("secret-" + std::to_string(size.width) + ".png");
  cv::imwrite(file, cv::Mat(size, CV_8UC3, cv::Scalar(0x5A, 0xC3, 0x3C)));
  return file;
}

client::JobSpec spec_of(Cluster& cluster, const std::string& image, Recipe recipe, unsigned tile = 0) {
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file("out.png");
  spec.name = "image.png";
  spec.recipe = std::move(recipe);
  spec.format = "png";
  spec.tile_width = spec.tile_height = tile;
  return spec;
}

std::string result_of(client::Session& session, Cluster& cluster, const std::string& image,
                      const Recipe& recipe, unsigned tile = 0) {
  session.apply(spec_of(cluster, image, recipe, tile)).get();
  return bytes_of_file(cluster.folder().file("out.png"));
}

std::string reference_of(Cluster& cluster, const std::string& image, const Recipe& recipe) {
  run_reference(image, cluster.folder().file("reference.png"), recipe);
  return bytes_of_file(cluster.folder().file("reference.png"));
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE(
    "a thread that a filter leaves behind changes nobody else's result, nor another one of its client") {
  const cv::Size size = GENERATE(small, large);
  const Recipe left = GENERATE(Recipe{{"test-leaves-writer", {}}},
                               Recipe{{"invert", {}}, {"test-leaves-writer", {}}, {"sharpen", {}}});
  Cluster cluster(1, {}, {"--slots", "2"});
  const std::string image = photo(cluster, size);
  const Recipe honest{{"gaussian-blur", {}}, {"invert", {}}};
  const std::string inverted = reference_of(cluster, image, {{"invert", {}}});
  const std::string expected = reference_of(cluster, image, honest);
  auto first = cluster.session();
  try {
    first.apply(spec_of(cluster, image, left, 400)).get();
  } catch (const Error&) {  // where the thread was quick enough to be noticed
  }
  for (int i = 0; i < 5; ++i) {
    auto other = cluster.session();
    CHECK((result_of(other, cluster, image, honest, 400) == expected));
  }
  CHECK((result_of(first, cluster, image, {{"invert", {}}}) == inverted));
  CHECK((result_of(first, cluster, image, honest, 400) == expected));
  CHECK(cluster.worker(0).running());
}

TEST_CASE("threads that wait in a filter's process cost time, and no result") {
  Cluster cluster(1, {}, {"--slots", "2"});
  const std::string image = photo(cluster, large);
  const std::string inverted = reference_of(cluster, image, {{"invert", {}}});
  auto session = cluster.session();
  CHECK((result_of(session, cluster, image, {{"test-leaves-pool", {}}}, 400) == inverted));
  CHECK((result_of(session, cluster, image, {{"test-leaves-pool", {}}}) == inverted));
  CHECK(count_in(cluster.worker(0).errors(), "threads left behind") == 1);
  CHECK(count_in(cluster.worker(0).errors(), "segment failed") == 0);
}

TEST_CASE("a filter sees no pixels of another client's image, nor of another large one of its own client") {
  const cv::Size size = GENERATE(small, large);
  Cluster cluster(1, {}, {"--slots", "1"});
  const std::string secret = write_secret(cluster, size), image = photo(cluster, size);
  const Recipe looks{{"invert", {}}, {"test-finds-secret", {}}}, both_ways{{"invert", {}}, {"invert", {}}};
  const auto found = [&](client::Session& session, const std::string& input) {
    return session.apply(spec_of(cluster, input, looks, 400)).get().result.findings.size();
  };
  auto owner = cluster.session();
  REQUIRE(found(owner, secret) > 0);  // it would see them
  owner.apply(spec_of(cluster, secret, both_ways, 400)).get();
  auto other = cluster.session();
  CHECK(found(other, image) == 0);
  owner.apply(spec_of(cluster, secret, both_ways, 400)).get();
  CHECK(found(other, image) == 0);
  if (size == large) CHECK(found(owner, image) == 0);
}

TEST_CASE("one client's small images share hosts, and another's don't come to them") {
  Cluster cluster(1, {}, {"--slots", "1"});
  const std::string image = photo(cluster, small);
  const std::string inverted = reference_of(cluster, image, {{"invert", {}}});
  std::set<pid_t> seen;
  const auto run_some = [&](client::Session& session) {
    for (int i = 0; i < 20; ++i) {
      CHECK((result_of(session, cluster, image, {{"invert", {}}}) == inverted));
      for (const pid_t host : filter_hosts_of(cluster.worker(0).pid())) seen.insert(host);
    }
    return seen.size();
  };
  auto first = cluster.session(), second = cluster.session();
  const auto ready = run_some(first);
  CHECK(ready <= 3);  // one that works, and two that are ready
  CHECK(run_some(second) == ready + 1);
}

TEST_CASE("a filter that speaks in its host's place costs its own job") {
  Cluster cluster(1, {}, {"--slots", "2"});
  const std::string image = photo(cluster, large);
  const std::string inverted = reference_of(cluster, image, {{"invert", {}}});
  auto session = cluster.session(), other = cluster.session();
  auto good = other.apply(spec_of(cluster, image, {{"invert", {}}}, 100));
  client::JobSpec spec = spec_of(cluster, image, {{"test-writes-socket", {}}}, 400);
  spec.output = cluster.folder().file("bad.png");
  CHECK_THROWS_WITH(session.apply(std::move(spec)).get(), Catch::Contains("test-writes-socket 1.0.0"));
  good.get();
  CHECK((bytes_of_file(cluster.folder().file("out.png")) == inverted));
  CHECK(cluster.worker(0).running());
}

}  // namespace tilework::test

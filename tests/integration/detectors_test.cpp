// Findings of detectors: the same whatever the tiles and the workers, and whatever happens to these.
#include <csignal>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using Catch::Contains;

constexpr int width = 700, height = 500;

// Some hundred spots, of which many lie on the cuts of any tiling.
std::string write_spots(Cluster& cluster) {
  cv::Mat image(height, width, CV_8UC3, cv::Scalar::all(20));
  cv::RNG random(11);
  for (int i = 0; i < 600; ++i) {
    const cv::Point at(random.uniform(0, width), random.uniform(0, height));
    const cv::Size half(random.uniform(0, 8), random.uniform(0, 8));
    cv::ellipse(image, at, half, 0, 0, 360, cv::Scalar::all(random.uniform(60, 256)), cv::FILLED);
  }
  const std::string file = cluster.folder().file("spots.png");
  cv::imwrite(file, image);
  return file;
}

client::JobSpec job_for(Cluster& cluster, const std::string& image, Recipe recipe, int tile) {
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file("out.png");
  spec.name = "spots.png";
  spec.recipe = std::move(recipe);
  spec.format = "png";
  spec.tile_width = spec.tile_height = static_cast<unsigned>(tile);
  return spec;
}

std::vector<Finding> found_in(client::Session& session, client::JobSpec spec) {
  return session.apply(std::move(spec)).get().result.findings;
}

const FilterCall find_spots{"find-spots", {{"least", 2.0}, {"most", 40.0}, {"threshold", 0.4}}};

std::string text_of(const std::string& file) {
  return bytes_of_file(file);
}

}  // namespace

TEST_CASE("small tiles on several workers find what one tile finds, and leave the pixels as they are") {
  const Recipe recipe =
      GENERATE(Recipe{find_spots}, Recipe{{"gaussian-blur", {{"size", 3.0}}}, find_spots, {"sharpen", {}}},
               Recipe{find_spots, {"auto-levels", {}}});
  Cluster cluster(3);
  auto session = cluster.session();
  const auto image = write_spots(cluster);
  const auto whole = found_in(session, job_for(cluster, image, recipe, 1000));
  const auto pixels = bytes_of_file(cluster.folder().file("out.png"));
  REQUIRE(whole.size() > 100);
  for (const int tile : {16, 61, 128}) {
    INFO("tiles of " << tile);
    CHECK(found_in(session, job_for(cluster, image, recipe, tile)) == whole);
    CHECK(bytes_of_file(cluster.folder().file("out.png")) == pixels);
  }
  if (recipe.size() == 1) {
    const cv::Mat out = cv::imread(cluster.folder().file("out.png"), cv::IMREAD_UNCHANGED);
    CHECK(cv::norm(out, cv::imread(image, cv::IMREAD_UNCHANGED), cv::NORM_INF) == 0);
  }
}

TEST_CASE("a worker that is killed loses no finding, and none counts twice") {
  Cluster cluster(2);
  auto session = cluster.session();
  const auto image = write_spots(cluster);
  const auto whole = found_in(session, job_for(cluster, image, {find_spots}, 1000));
  const Recipe slow{{"test-slow", {{"milliseconds", 50.0}}}, {"invert", {}}, find_spots};
  auto outcome = session.apply(job_for(cluster, image, slow, 100));
  cluster.wait_for_segments(8);
  cluster.worker(0).signal(SIGKILL);
  const auto result = outcome.get().result;
  CHECK(result.segments == 35);
  CHECK(cluster.joined() == 1);
  CHECK(result.findings == whole);
}

TEST_CASE("a detector that reports nonsense, or crashes, fails its job and harms nothing") {
  Cluster cluster(2);
  const auto image = write_spots(cluster);
  const std::string out = cluster.folder().file("failed.png");
  const auto failure_of = [&](const std::string& filter) {
    const auto finished = cluster.tilework({"apply", image, "-f", filter, "-o", out});
    CHECK(finished.code == 4);
    CHECK_FALSE(std::filesystem::exists(out));
    return finished.errors;
  };
  CHECK_THAT(failure_of("test-finds-outside"),
             Contains("test-finds-outside 1.0.0") && Contains("outside the image"));
  CHECK_THAT(failure_of("test-finds-empty"), Contains("a box of 0x3 pixels"));
  CHECK_THAT(failure_of("test-finds-nan"), Contains("score"));
  CHECK_THAT(failure_of("test-finds-unsaid"), Contains("label"));
  CHECK_THAT(failure_of("test-finds-without-end"), Contains("more findings than pixels"));
  CHECK_THAT(failure_of("test-crashes-detecting"), Contains("Segmentation fault"));
  CHECK(cluster.joined() == 2);
  auto session = cluster.session();
  CHECK(found_in(session, job_for(cluster, image, {find_spots}, 0)).size() > 100);
  CHECK(found_in(session, job_for(cluster, image, {{"test-finds-too-large", {}}}, 0)).empty());
}

TEST_CASE("of very many findings the first are listed, the same for every tiling") {
  Cluster cluster(2);
  auto session = cluster.session();
  const auto image = write_spots(cluster);
  const Recipe recipe{{"test-finds-each-pixel", {}}};
  const auto result = session.apply(job_for(cluster, image, recipe, 1000)).get().result;
  CHECK(result.findings.size() == 100'000);
  REQUIRE(result.notes.size() == 1);
  CHECK(result.notes[0] == "only the first 100000 of 350000 findings are listed");
  CHECK(result.findings.back().box == Region{99'999 % width, 99'999 / width, 1, 1});
  CHECK(found_in(session, job_for(cluster, image, recipe, 100)) == result.findings);
}

TEST_CASE("the command line counts findings, and writes them as CSV and JSON") {
  Cluster cluster(2);
  const auto image = write_spots(cluster);
  const auto out = cluster.folder().file("results/");
  const auto csv = cluster.folder().file("found.csv"), json = cluster.folder().file("found.json");
  const std::string filter = "find-spots:least=2,most=40,threshold=0.4";
  auto session = cluster.session();
  const auto found = found_in(session, job_for(cluster, image, {find_spots}, 0));
  const auto second = cluster.folder().file("second.png");
  std::filesystem::copy_file(image, second);

  const auto one = cluster.tilework(
      {"apply", image, "-f", filter, "-o", cluster.folder().file("o.png"), "--findings", csv});
  REQUIRE(one.code == 0);
  CHECK_THAT(one.errors, Contains(std::to_string(found.size()) + " findings"));
  std::istringstream lines(text_of(csv));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "image,label,left,top,width,height,score");
  std::getline(lines, line);
  const auto& box = found[0].box;
  CHECK_THAT(line, Contains(",spot," + std::to_string(box.x) + "," + std::to_string(box.y) + "," +
                            std::to_string(box.width) + "," + std::to_string(box.height) + ","));

  REQUIRE(cluster.tilework({"apply", image, second, "-f", filter, "-o", out, "--findings", json}).code == 0);
  const auto rows = nlohmann::json::parse(text_of(json));
  REQUIRE(rows.size() == 2 * found.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& expected = found[i % found.size()];
    CHECK(rows[i]["image"] == (i < found.size() ? image : second));
    CHECK(rows[i]["label"] == "spot");
    CHECK(rows[i]["left"] == expected.box.x);
    CHECK(rows[i]["score"] == expected.score);
  }

  const auto refused = [&](const std::string& file, const std::string& with) {
    const auto finished = cluster.tilework({"apply", image, "-f", with, "-o", cluster.folder().file("no.png"),
                                            "--findings", cluster.folder().file(file)});
    CHECK(finished.code == 2);
    CHECK_FALSE(std::filesystem::exists(cluster.folder().file("no.png")));
    return finished.errors;
  };
  CHECK_THAT(refused("found.txt", filter), Contains(".csv or .json"));
  CHECK_THAT(refused("nowhere/found.csv", filter), Contains("no folder"));
  CHECK_THAT(refused("found.csv", "invert"), Contains("detector"));
  CHECK_THAT(cluster.tilework({"filters", "find-spots"}).output, Contains("detector: "));
}

}  // namespace tilework::test

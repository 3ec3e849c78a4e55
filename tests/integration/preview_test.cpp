// Previews of real masters and workers: at full size they are what a job gives.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <optional>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;

// Waits for what is told on another thread.
template <class Value>
class Told {
 public:
  void tell(Value value) {
    const std::scoped_lock lock(mutex_);
    value_ = std::move(value);
    changed_.notify_all();
  }
  Value wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 15s, [this] { return value_.has_value(); })) {
      throw std::runtime_error("nothing was told");
    }
    return *std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Value> value_;
};

class Viewer {
 public:
  Viewer(Cluster& cluster, const std::string& file) : session_(cluster.session()) {
    picture_ = session_.open_picture(file, file,
                                     {[this](const Picture& picture) { opened_.tell(picture); },
                                      [this](const Error& error) { failed_.tell(error.what()); }});
  }

  Picture opened() { return opened_.wait(); }
  std::string failed() { return failed_.wait(); }

  std::uint64_t begin(RenderRequest request) {
    pixels_ = cv::Mat();
    pieces = 0;
    auto piece = [this, level = request.level](const Piece& piece) { put(piece, level); };
    return session_.render(picture_, std::move(request),
                           {piece,
                            [this](const RenderOutcome& outcome) {
                              done_.tell({outcome, {}});
                            },
                            [this](const Error& error) {
                              done_.tell({{}, error.what()});
                            }});
  }

  // The level's whole area, with what came of the regions.
  cv::Mat render(Recipe recipe, int level, std::vector<Region> regions, bool exact_stats = false) {
    begin({std::move(recipe), level, std::move(regions), exact_stats});
    std::tie(outcome, error) = done_.wait();
    return pixels_;
  }

  void render_with_findings(Recipe recipe, int level, std::vector<Region> regions) {
    begin({std::move(recipe), level, std::move(regions), false, false, true});
    std::tie(outcome, error) = done_.wait();
  }

  // The same of the image itself, about right.
  cv::Mat glance(int level, std::vector<Region> regions) {
    begin({{}, level, std::move(regions), false, true});
    std::tie(outcome, error) = done_.wait();
    return pixels_;
  }

  client::Session& session() { return session_; }

  Picture picture;
  RenderOutcome outcome;
  std::string error;
  int pieces = 0;  // of the last render

 private:
  void put(const Piece& piece, int level) {
    ++pieces;
    const int type = CV_MAKETYPE(piece.format.depth == SampleDepth::u8    ? CV_8U
                                 : piece.format.depth == SampleDepth::u16 ? CV_16U
                                                                          : CV_32F,
                                 piece.format.channels);
    if (pixels_.empty()) {
      pixels_ = cv::Mat(picture.height_at(level), picture.width_at(level), type, cv::Scalar::all(0));
    }
    cv::Mat to = pixels_({piece.place.x, piece.place.y, piece.place.width, piece.place.height});
    REQUIRE(to.type() == type);
    cv::Mat(to.size(), type, const_cast<std::byte*>(piece.pixels.data())).copyTo(to);
  }

  cv::Mat pixels_;
  Told<Picture> opened_;
  Told<std::string> failed_;
  Told<std::pair<RenderOutcome, std::string>> done_;
  client::Session session_;  // last: nothing is told once it has gone
  std::uint64_t picture_;
};

cv::Mat of_job(Cluster& cluster, const std::string& input, const Recipe& recipe) {
  const std::string out = cluster.folder().file("reference.png");
  run_reference(input, out, recipe);
  return cv::imread(out, cv::IMREAD_UNCHANGED);
}

double difference(const cv::Mat& a, const cv::Mat& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(a.type() == b.type());
  return cv::norm(a, b, cv::NORM_INF);
}

TEST_CASE("what was decoded of an image is shown before the rest of it is") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {8000, 6000});
  const Recipe recipe{{"invert", {}}};
  for (const bool filtered : {false, true}) {
    INFO("with a filter: " << filtered);
    Viewer viewer(cluster, photo);
    viewer.picture = viewer.opened();
    const Region all{0, 0, viewer.picture.width_at(3), viewer.picture.height_at(3)};
    viewer.render(filtered ? recipe : Recipe(), 3, {all});
    CHECK(viewer.error.empty());
    CHECK(viewer.pieces >= 8);
  }
}

TEST_CASE("a preview at full size is what a job gives, global filters included") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {1501, 1103});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  CHECK(viewer.picture.width == 1501);
  CHECK(viewer.picture.height == 1103);
  CHECK(viewer.picture.levels == 4);

  const Recipe recipe{{"gaussian-blur", {{"size", 31.0}}}, {"auto-levels", {}}, {"canny", {}}};
  for (std::size_t filters = 0; filters <= recipe.size(); ++filters) {
    INFO(filters << " filters");
    const Recipe part(recipe.begin(), recipe.begin() + static_cast<std::ptrdiff_t>(filters));
    const cv::Mat whole = filters == 0 ? of_job(cluster, photo, {{"invert", {}}, {"invert", {}}})
                                       : of_job(cluster, photo, part);
    CHECK(difference(viewer.render(part, 0, {{0, 0, 1501, 1103}}), whole) == 0);
    CHECK(viewer.error.empty());
    CHECK(viewer.outcome.approximate.empty());
    // A part of it, as somebody looks at it: the rest isn't computed.
    const cv::Rect seen(401, 203, 640, 480);
    const cv::Mat part_of_it = viewer.render(part, 0, {{seen.x, seen.y, seen.width, seen.height}});
    CHECK(difference(part_of_it(seen), whole(seen)) == 0);
    CHECK(cv::countNonZero(part_of_it({0, 0, 1501, 203}).reshape(1)) == 0);
  }
}

TEST_CASE("a reduced preview looks like the reduced result, and says which filters it can't scale") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {1600, 1200});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const Recipe recipe{{"invert", {}}, {"gaussian-blur", {{"size", 41.0}}}, {"sharpen", {}}};
  cv::Mat whole = of_job(cluster, photo, {recipe[0], recipe[1]});
  cv::resize(whole, whole, {400, 300}, 0, 0, cv::INTER_AREA);
  const cv::Mat shown = viewer.render({recipe[0], recipe[1]}, 2, {{0, 0, 400, 300}});
  CHECK(cv::norm(shown, whole, cv::NORM_L1) / static_cast<double>(whole.total() * 3) < 2.0);
  CHECK(viewer.outcome.approximate.empty());
  viewer.render(recipe, 2, {{0, 0, 400, 300}});
  CHECK(viewer.outcome.approximate == std::vector<std::size_t>{2});
  // An odd kernel near 2 pixels can't be had.
  viewer.render({{"gaussian-blur", {{"size", 17.0}}}}, 3, {{0, 0, 100, 100}});
  CHECK(viewer.outcome.approximate == std::vector<std::size_t>{0});
}

// Whether the same value of a channel always became the same value, as `from` became `to`.
bool is_same_curve(const cv::Mat& from, const cv::Mat& to, const cv::Mat& other_from,
                   const cv::Mat& other_to) {
  for (int channel = 0; channel < 3; ++channel) {
    std::array<int, 256> curve{};
    curve.fill(-1);
    for (int i = 0; i < static_cast<int>(from.total()); ++i)
      curve.at(from.at<cv::Vec3b>(i / from.cols, i % from.cols)[channel]) =
          to.at<cv::Vec3b>(i / from.cols, i % from.cols)[channel];
    for (int y = 0; y < other_from.rows; ++y) {
      for (int x = 0; x < other_from.cols; ++x) {
        const int expected = curve.at(other_from.at<cv::Vec3b>(y, x)[channel]);
        if (expected >= 0 && expected != other_to.at<cv::Vec3b>(y, x)[channel]) return false;
      }
    }
  }
  return true;
}

TEST_CASE(
    "a small picture comes before the image is decoded, if its file gives one, and the image itself after "
    "it") {
  Cluster cluster(0);
  const bool quick = GENERATE(true, false);
  const std::string photo = cluster.folder().file(quick ? "photo.jpg" : "photo.png");
  write_photo(photo, {2400, 1600});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  REQUIRE(viewer.picture.levels == 5);
  CAPTURE(quick);
  const std::vector<Region> small{{0, 0, 150, 100}}, larger{{0, 0, 300, 60}, {0, 60, 300, 140}};
  const cv::Mat first = viewer.glance(4, small);
  CHECK(viewer.outcome.provisional == quick);
  const cv::Mat second = viewer.glance(3, larger);
  CHECK(viewer.outcome.provisional == quick);
  // Of the size that fills a screen there is none.
  viewer.glance(1, {{0, 0, 64, 64}});
  CHECK_FALSE(viewer.outcome.provisional);

  const cv::Mat exact = viewer.render({}, 4, small);
  CHECK(cv::norm(first, exact, cv::NORM_L1) / static_cast<double>(exact.total() * 3) < 4);
  const cv::Mat larger_exact = viewer.render({}, 3, larger);
  CHECK(cv::norm(second, larger_exact, cv::NORM_L1) / static_cast<double>(larger_exact.total() * 3) < 4);
  // What is decoded is given as it is.
  CHECK(difference(viewer.glance(4, small), exact) == 0);
  CHECK_FALSE(viewer.outcome.provisional);
}

TEST_CASE("a reduced preview takes stats from the image at full size when it is asked to, and keeps them") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {1600, 1200});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const std::vector<Region> all{{0, 0, 400, 300}};
  // Levels treat a pixel by its value alone, so the curve tells which stats were used.
  const Recipe recipe{{"invert", {}}, {"auto-levels", {{"clip-dark", 3.0}}}};
  const cv::Mat image = cv::imread(photo);
  const cv::Mat whole = of_job(cluster, photo, recipe);
  const cv::Mat reduced = viewer.render({}, 2, all);

  const cv::Mat quick = viewer.render(recipe, 2, all);
  CHECK(viewer.outcome.reduced_stats == std::vector<std::size_t>{1});
  CHECK_FALSE(is_same_curve(image, whole, reduced, quick));
  const cv::Mat exact = viewer.render(recipe, 2, all, true);
  CHECK(viewer.error.empty());
  CHECK(viewer.outcome.reduced_stats.empty());
  CHECK(is_same_curve(image, whole, reduced, exact));
  // From now on they are known, whatever comes behind.
  CHECK(difference(viewer.render(recipe, 2, all), exact) == 0);
  CHECK(viewer.outcome.reduced_stats.empty());
  viewer.render({recipe[0], recipe[1], {"gaussian-blur", {}}}, 2, all);
  CHECK(viewer.outcome.reduced_stats.empty());

  // For the stats alone, of two filters of which the second sees what the first makes.
  const Recipe longer{recipe[0], recipe[1], {"equalize", {}}};
  viewer.render(longer, 2, all);
  CHECK(viewer.outcome.reduced_stats == std::vector<std::size_t>{2});
  viewer.render(longer, 2, {}, true);
  CHECK(viewer.error.empty());
  CHECK(viewer.pieces == 0);
  viewer.render(longer, 2, all);
  CHECK(viewer.outcome.reduced_stats.empty());
}

TEST_CASE("detectors aren't run for previews, and are never approximate") {
  Cluster cluster(1);
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {1600, 1200});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const Recipe recipe{{"invert", {}}, {"test-crashes-detecting", {}}};
  const cv::Mat shown = viewer.render(recipe, 0, {{0, 0, 1600, 1200}});
  CHECK(viewer.error.empty());
  CHECK(difference(shown, of_job(cluster, photo, {recipe[0]})) == 0);
  viewer.render(recipe, 2, {{0, 0, 400, 300}});
  CHECK(viewer.error.empty());
  CHECK(viewer.outcome.approximate.empty());
}

TEST_CASE("at full size a preview finds in a region what a job finds there, if that is wanted") {
  Cluster cluster(2);
  const std::string photo = cluster.folder().file("spots.png");
  cv::Mat spots(1200, 1600, CV_8UC1, cv::Scalar(20));
  cv::RNG random(7);
  for (int i = 0; i < 300; ++i) {
    const cv::Point at(random.uniform(0, 1600), random.uniform(0, 1200));
    cv::circle(spots, at, random.uniform(2, 12), cv::Scalar(random.uniform(90, 256)), cv::FILLED);
  }
  cv::imwrite(photo, spots);
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const Recipe recipe{{"gaussian-blur", {{"size", 3.0}}}, {"find-spots", {{"threshold", 0.4}}}};
  client::JobSpec job;
  job.input = photo;
  job.output = cluster.folder().file("found.png");
  job.format = "png";
  job.recipe = recipe;
  const auto all = viewer.session().apply(std::move(job)).get().result.findings;
  REQUIRE(all.size() > 100);
  const auto in = [&](const Region& region) {
    std::vector<Finding> some;
    std::ranges::copy_if(all, std::back_inserter(some), [&](const Finding& finding) {
      const int x = finding.box.x + finding.box.width / 2, y = finding.box.y + finding.box.height / 2;
      return x >= region.x && y >= region.y && x < region.x + region.width && y < region.y + region.height;
    });
    return some;
  };
  for (const Region& region : {Region{0, 0, 1600, 1200}, Region{333, 211, 700, 555}}) {
    viewer.render_with_findings(recipe, 0, {region});
    CHECK(viewer.error.empty());
    CHECK(viewer.outcome.findings == in(region));
  }
  viewer.render(recipe, 0, {{0, 0, 1600, 1200}});
  CHECK(viewer.outcome.findings.empty());
  viewer.render_with_findings(recipe, 1, {{0, 0, 64, 64}});
  CHECK_THAT(viewer.error, Catch::Contains("full size"));
  viewer.render_with_findings({{"test-crashes-detecting", {}}}, 0, {{0, 0, 64, 64}});
  CHECK_THAT(viewer.error, Catch::Contains("test-crashes-detecting"));
}

TEST_CASE("what can't be previewed is refused in words, and the preview lives on") {
  Cluster cluster(1);
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {640, 480});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const auto refusal = [&](Recipe recipe, int level, std::vector<Region> regions) {
    viewer.render(std::move(recipe), level, std::move(regions));
    return viewer.error;
  };
  CHECK_THAT(refusal({{"gausian-blur", {}}}, 0, {{0, 0, 64, 64}}), Catch::Contains("gaussian-blur"));
  CHECK_THAT(refusal({{"gaussian-blur", {{"size", 4.0}}}}, 0, {{0, 0, 64, 64}}), Catch::Contains("size"));
  CHECK_THAT(refusal({}, 0, {{0, 0, 641, 64}}), Catch::Contains("outside"));
  CHECK_THAT(refusal({}, 0, {{-1, 0, 64, 64}}), Catch::Contains("outside"));
  CHECK_THAT(refusal({}, 0, {{0, 0, 0, 64}}), Catch::Contains("outside"));
  CHECK_THAT(refusal({}, 9, {{0, 0, 1, 1}}), Catch::Contains("no level 9"));
  CHECK_THAT(refusal({{"test-throws", {}}}, 0, {{0, 0, 64, 64}}), Catch::Contains("test-throws"));
  CHECK_THAT(refusal({{"test-crashes", {}}}, 0, {{0, 0, 64, 64}}), Catch::Contains("test-crashes"));
  CHECK(refusal({{"invert", {}}}, 0, {{0, 0, 64, 64}}).empty());

  const std::string text = cluster.folder().file("text.jpg");
  std::ofstream(text) << "no image";
  Viewer wrong(cluster, text);
  CHECK_THAT(wrong.failed(), Catch::Contains("text.jpg"));
  Viewer missing(cluster, cluster.folder().file("nothing.jpg"));
  CHECK_THAT(missing.failed(), Catch::Contains("nothing.jpg: there is no such file"));
}

TEST_CASE("a cancelled preview ends at once, and leaves its slots to the next") {
  Cluster cluster(1, {}, {"--slots", "1"});
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {640, 480});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const auto hanging = viewer.begin({{{"test-hangs", {}}}, 0, {{0, 0, 640, 480}}});
  wait_until("the slot to be busy", [&] {
    const auto status = viewer.session().status().get();
    return status.workers.at(0).busy_slots == 1;
  });
  const auto begin = std::chrono::steady_clock::now();
  viewer.session().cancel_render(hanging);
  viewer.render({{"invert", {}}}, 0, {{0, 0, 640, 480}});
  CHECK(viewer.error.empty());
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

TEST_CASE("a preview goes on at the next master when its master dies") {
  Cluster cluster(0);
  cluster.start_master();
  cluster.start_worker();
  const std::string photo = cluster.folder().file("photo.jpg");
  write_photo(photo, {640, 480});
  Viewer viewer(cluster, photo);
  viewer.picture = viewer.opened();
  const cv::Mat before = viewer.render({{"invert", {}}}, 0, {{0, 0, 640, 480}});
  REQUIRE(viewer.error.empty());
  cluster.master(0).signal(SIGKILL);
  const cv::Mat after = viewer.render({{"invert", {}}}, 0, {{0, 0, 640, 480}});
  REQUIRE(viewer.error.empty());
  CHECK(difference(before, after) == 0);
}

TEST_CASE("all clients together look at as many images as they may, and who has none at one") {
  Cluster cluster(1, {"--max-all-previews", "2"});
  const std::string file = cluster.folder().file("photo.png");
  write_photo(file, {60, 40});
  const auto look_at = [&](client::Session& session) {
    Told<std::string> told;
    session.open_picture(
        file, file,
        {[&](const Picture&) { told.tell("opened"); }, [&](const Error& error) { told.tell(error.what()); }});
    return told.wait();
  };
  auto first = cluster.session();
  CHECK(look_at(first) == "opened");
  CHECK(look_at(first) == "opened");
  CHECK_THAT(look_at(first),
             Catch::Contains("clients of this master look at 2 images by now, as many as they may"));
  auto second = cluster.session();
  CHECK(look_at(second) == "opened");
  CHECK_THAT(look_at(second), Catch::Contains("look at 3 images by now"));
}

TEST_CASE("what images that are looked at keep on the disk counts with the spool's files") {
  Cluster cluster(1, {"--max-spool", "16MiB"});
  const std::string file = cluster.folder().file("photo.jpg");
  write_photo(file, {2000, 2000});  // 16 MB, all levels
  Viewer viewer(cluster, file);
  viewer.opened();
  viewer.render({}, 0, {{0, 0, 100, 100}});
  CHECK(viewer.error.empty());
  Viewer other(cluster, file);
  other.opened();
  other.render({}, 0, {{0, 0, 100, 100}});
  CHECK_THAT(other.error, Catch::Contains("opened images take") && Catch::Contains("--max-spool"));
}

}  // namespace
}  // namespace tilework::test

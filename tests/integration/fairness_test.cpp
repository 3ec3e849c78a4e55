// What a client waits for while another one's large jobs take all that there is.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>

#include <catch2/catch.hpp>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Outcome = std::future<client::JobOutcome>;

bool is_done(const Outcome& outcome) {
  return outcome.wait_for(0s) == std::future_status::ready;
}

// Six large jobs of one client, which last far longer than the test: more than run at a time.
class LargeJobs {
 public:
  explicit LargeJobs(Cluster& cluster)
      : photo_(cluster.folder().file("large.png")), session_(cluster.session()) {
    write_photo(photo_, {1600, 1200});
    for (int i = 0; i < 6; ++i) {
      client::JobObserver observer;
      observer.progressed = [this](const JobProgress& progress) {
        if (progress.segments_done >= 2 && !told_.exchange(true)) under_way_.set_value();
      };
      outcomes_.push_back(session_.apply(spec(cluster, i), observer));
    }
    under_way_.get_future().wait();
  }

  const std::string& photo() const { return photo_; }
  bool any_is_done() const { return std::ranges::any_of(outcomes_, is_done); }
  // Of the same client.
  Outcome apply(const client::JobSpec& spec) { return session_.apply(spec); }

 private:
  client::JobSpec spec(Cluster& cluster, int number) const {
    client::JobSpec spec;
    spec.input = photo_;
    spec.output = cluster.folder().file("large-" + std::to_string(number) + ".png");
    spec.name = "large.png";
    spec.recipe = {{"test-slow", {{"milliseconds", 400.0}}}};
    spec.format = "png";
    spec.tile_width = spec.tile_height = 100;
    return spec;
  }

  std::string photo_;
  std::atomic<bool> told_ = false;
  std::promise<void> under_way_;
  client::Session session_;
  std::vector<Outcome> outcomes_;
};

client::JobSpec inverted(Cluster& cluster, const std::string& image, const std::string& result) {
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file(result);
  spec.name = image;
  spec.recipe = {{"invert", {}}};
  spec.format = "png";
  return spec;
}

std::string small_photo(Cluster& cluster) {
  const std::string photo = cluster.folder().file("small.jpg");
  write_photo(photo, {370, 270});
  return photo;
}

}  // namespace

TEST_CASE("a small job doesn't wait for another client's large ones") {
  Cluster cluster(1);
  LargeJobs large(cluster);
  const std::string photo = small_photo(cluster);
  const auto begin = std::chrono::steady_clock::now();
  auto other = cluster.session();
  other.apply(inverted(cluster, photo, "small.png")).get();
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
  CHECK_FALSE(large.any_is_done());
  run_reference(photo, cluster.folder().file("reference.png"), {{"invert", {}}});
  CHECK_THAT(difference_of_files(cluster.folder().file("small.png"), cluster.folder().file("reference.png")),
             Catch::Equals(""));
}

TEST_CASE("a small job doesn't wait for its own client's large ones") {
  Cluster cluster(1);
  LargeJobs large(cluster);
  large.apply(inverted(cluster, small_photo(cluster), "small.png")).get();
  CHECK_FALSE(large.any_is_done());
}

TEST_CASE("a client's first large job doesn't wait for another client's") {
  Cluster cluster(1);
  LargeJobs large(cluster);
  auto other = cluster.session();
  other.apply(inverted(cluster, large.photo(), "other.png")).get();
  CHECK_FALSE(large.any_is_done());
}

TEST_CASE("a small job of a client gets in where as many clients as may have a large one running") {
  Cluster cluster(1, {"--running-jobs", "1"});
  LargeJobs first(cluster);
  auto second = cluster.session();
  const auto waiting = second.apply(inverted(cluster, first.photo(), "waits.png"));
  auto third = cluster.session();
  third.apply(inverted(cluster, small_photo(cluster), "small.png")).get();
  CHECK_FALSE(first.any_is_done());
  CHECK_FALSE(is_done(waiting));
}

}  // namespace tilework::test

// The small picture of a result that a client gets while its job runs.
#include <csignal>
#include <mutex>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "schema/transport/endpoint.h"
#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

constexpr int tile = 100;
constexpr int side = 300;

// A job of slow tiles, and what its observer is shown.
class ShownJob {
 public:
  explicit ShownJob(Cluster& cluster, PixelFormat format = {Depth::u8, 3}, int tile_side = tile)
      : session_(cluster.session()), output_(cluster.folder().file("shown.png")) {
    client::JobSpec spec;
    spec.input = cluster.folder().file("photo.png");
    write_photo(spec.input, {1001, 803}, 1, format);
    spec.output = output_;
    spec.name = "photo.png";
    spec.recipe = {{"test-slow", {}}};
    spec.format = "png";
    spec.tile_width = spec.tile_height = tile_side;
    spec.picture_side = side;
    client::JobObserver observer;
    observer.lost = [this] { begin_again(); };
    observer.piece = [this](const ResultPiece& piece) { put(piece); };
    outcome_ = session_.apply(spec, observer);
  }

  void wait_for_pieces(int count) {
    wait_until("pieces of the result", [&] {
      const std::scoped_lock lock(mutex_);
      return pieces_ >= count;
    });
  }
  client::JobOutcome outcome() { return outcome_.get(); }
  cv::Mat result() const { return cv::imread(output_, cv::IMREAD_UNCHANGED); }

  // Once the job is done.
  const cv::Mat& picture() const { return picture_; }
  const cv::Mat& times() const { return times_; }  // that a pixel came, since the master was lost last
  int pieces() const { return pieces_; }           // in all

 private:
  void begin_again() {
    const std::scoped_lock lock(mutex_);
    picture_ = times_ = cv::Mat();
  }
  void put(const ResultPiece& result) {
    const std::scoped_lock lock(mutex_);
    const Piece& piece = result.piece;
    const int type = CV_MAKETYPE(CV_8U, piece.format.channels);
    if (picture_.empty()) {
      picture_ = cv::Mat(result.height, result.width, type, cv::Scalar::all(0));
      times_ = cv::Mat(picture_.size(), CV_8U, cv::Scalar(0));
    }
    const cv::Rect place(piece.place.x, piece.place.y, piece.place.width, piece.place.height);
    cv::Mat(place.size(), type, const_cast<std::byte*>(piece.pixels.data())).copyTo(picture_(place));
    times_(place) += 1;
    ++pieces_;
  }

  client::Session session_;
  std::string output_;
  std::mutex mutex_;
  cv::Mat picture_, times_;
  int pieces_ = 0;
  std::future<client::JobOutcome> outcome_;
};

// The mean of four pixels, rounded; the last row and column are their own partners.
template <class Sample>
cv::Mat half(const cv::Mat& image) {
  cv::Mat out((image.rows + 1) / 2, (image.cols + 1) / 2, image.type());
  const int channels = image.channels();
  for (int y = 0; y < out.rows; ++y) {
    const auto* above = image.ptr<Sample>(2 * y);
    const auto* below = image.ptr<Sample>(std::min(2 * y + 1, image.rows - 1));
    for (int x = 0; x < out.cols; ++x) {
      const int left = 2 * x * channels;
      const int right = std::min(2 * x + 1, image.cols - 1) * channels;
      for (int c = 0; c < channels; ++c) {
        const int sum = above[left + c] + above[right + c] + below[left + c] + below[right + c];
        out.ptr<Sample>(y)[x * channels + c] = static_cast<Sample>((sum + 2) / 4);
      }
    }
  }
  return out;
}

void check_whole(const ShownJob& job) {
  const cv::Mat expected = half<std::uint8_t>(half<std::uint8_t>(job.result()));
  REQUIRE(job.picture().size() == cv::Size(251, 201));
  CHECK(cv::norm(job.picture(), expected, cv::NORM_INF) == 0);
  CHECK(cv::countNonZero(job.times() != 1) == 0);
}

}  // namespace

TEST_CASE("the pieces of a job's picture cover the reduced result, each pixel once, and equal it") {
  Cluster cluster(2);
  ShownJob job(cluster);
  job.outcome();
  check_whole(job);
  CHECK(job.pieces() == 11 * 9);
}

TEST_CASE("a picture of 16 bits is shown by the upper half of each sample") {
  Cluster cluster(1);
  ShownJob job(cluster, {Depth::u16, 3});
  job.outcome();
  const cv::Mat reduced = half<std::uint16_t>(half<std::uint16_t>(job.result()));
  cv::Mat expected(reduced.size(), CV_8UC3);
  std::transform(
      reduced.begin<cv::Vec3w>(), reduced.end<cv::Vec3w>(), expected.begin<cv::Vec3b>(),
      [](const cv::Vec3w& pixel) { return cv::Vec3b(pixel[0] >> 8, pixel[1] >> 8, pixel[2] >> 8); });
  REQUIRE(job.picture().size() == expected.size());
  CHECK(cv::norm(job.picture(), expected, cv::NORM_INF) == 0);
}

TEST_CASE("tiles whose borders would cut the picture's pixels show none, and the job is done all the same") {
  Cluster cluster(1);
  ShownJob job(cluster, {Depth::u8, 3}, 98);
  job.outcome();
  CHECK(job.pieces() == 0);
  CHECK_FALSE(job.result().empty());
}

TEST_CASE("a worker that is killed in the middle leaves no gap in the picture") {
  Cluster cluster(2);
  ShownJob job(cluster);
  job.wait_for_pieces(10);
  cluster.worker(0).signal(SIGKILL);
  job.outcome();
  check_whole(job);
}

TEST_CASE("a master that is killed in the middle lets the picture begin anew") {
  TwoMasters cluster;
  ShownJob job(cluster);
  job.wait_for_pieces(10);
  cluster.master(0).signal(SIGKILL);
  job.outcome();
  check_whole(job);
  CHECK(job.pieces() > 11 * 9);
}

}  // namespace tilework::test

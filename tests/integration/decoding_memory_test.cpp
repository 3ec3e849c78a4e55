// Files that are small and need much memory: together they get what the master gives, and no more.
#include <array>
#include <fstream>
#include <future>
#include <sstream>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "client/session/session.h"
#include "tests/integration/cluster.h"
#include "tests/integration/peak.h"
#include "tests/support/png_chunks.h"

namespace tilework::test {
namespace {

using Catch::Contains;

// Its decoder keeps the coefficients of 20 megapixels, 16 bits for a sample: 115 MiB.
void write_progressive(const std::string& path) {
  cv::Mat image(4000, 5000, CV_8UC3, cv::Scalar(200, 150, 100));
  image.rowRange(1000, 2000).setTo(cv::Scalar(10, 20, 30));
  REQUIRE(cv::imwrite(path, image, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}));
}

// A header that promises a large interlaced image, and nothing behind it.
void write_png_header(const std::string& path, std::uint32_t side) {
  std::ofstream(path, std::ios::binary)
      << png_signature << png_header(side, side, true) << png_chunk("IDAT", "") << png_chunk("IEND", "");
}

}  // namespace

TEST_CASE("decoders of several jobs and previews get the memory that there is one after the other") {
  Cluster cluster(1, {"--decoding-memory", "128MiB"});
  const std::uint64_t before = peak_of(cluster.master());
  std::vector<std::string> files;
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}) {
    files.push_back(cluster.folder().file(name));
    write_progressive(files.back());
  }
  auto session = cluster.session();
  std::array<std::promise<std::string>, 4> seen;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto picture = session.open_picture(files[i], files[i], {});
    session.render(picture, {{}, 0, {{0, 3900, 100, 100}}},
                   {[](const Piece&) {}, [&seen, i](const RenderOutcome&) { seen[i].set_value("seen"); },
                    [&seen, i](const Error& error) { seen[i].set_value(error.what()); }});
  }
  const auto done = cluster.tilework(
      {"apply", files[0], files[1], files[2], files[3], "-f", "invert", "-o", cluster.folder().file("out/")});
  INFO(done.errors);
  CHECK(done.code == 0);
  for (auto& one : seen) CHECK(one.get_future().get() == "seen");
  // One at a time, what may be in flight (256 MiB), and the views; eight at a time are 915 MiB besides the
  // rest.
  CHECK(peak_of(cluster.master()) - before < 128 + 256 + 200);
}

TEST_CASE("a large image in a tiny file is refused, unless its user says that it is meant to be one") {
  Cluster cluster(1);
  const std::string file = cluster.folder().file("bomb.png");
  write_png_header(file, 30'000);
  const auto apply = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"apply", file, "-f", "invert", "-o", cluster.folder().file("out.png")});
    return cluster.tilework(options);
  };
  const auto refused = apply({});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.errors, Contains("bomb.png has ") && Contains("becomes 858 MiB of pixels") &&
                                 Contains("--allow-expansion"));
  CHECK_THAT(apply({"--allow-expansion"}).errors, Contains("damaged"));  // it is
}

}  // namespace tilework::test

#include "server/pixel_codec/link_model.h"

#include <catch2/catch.hpp>

namespace tilework::pixel_codec {
namespace {

using namespace std::chrono_literals;

constexpr double megabyte = 1e6;
constexpr std::size_t segment = 3'000'000;  // bytes

// What `rounds` segments are like that the model chooses for: how many of them it packed.
struct Link {
  double rate;                          // bytes a second
  double ratio = 0.4;                   // of packed to plain bytes
  std::chrono::nanoseconds time = 7ms;  // of packing a segment
};

int packed_of(LinkModel& model, int rounds, const Link& link) {
  int packed = 0;
  for (int i = 0; i < rounds; ++i) {
    if (model.choose()) {
      ++packed;
      model.saw_packing(segment, static_cast<std::size_t>(link.ratio * segment), link.time);
    }
    model.saw_rate(link.rate);
  }
  return packed;
}

}  // namespace

TEST_CASE("nothing is packed before a link's rate is known") {
  LinkModel model;
  CHECK_FALSE(model.choose());
  model.saw_rate(0);
  CHECK_FALSE(model.choose());
}

TEST_CASE("pixels are packed for a gigabit link and slower ones, and never for a fast one") {
  for (const double rate : {1.0, 10.0, 60.0, 118.0}) {
    LinkModel model;
    INFO(rate << " MB/s");
    CHECK(packed_of(model, 100, {rate * megabyte}) == 99);  // the first shows the rate
  }
  for (const double rate : {500.0, 1000.0, 10'000.0}) {
    LinkModel model;
    INFO(rate << " MB/s");
    CHECK(packed_of(model, 1000, {rate * megabyte}) == 0);
  }
}

TEST_CASE("noise isn't packed, but what comes after it is looked at now and then") {
  LinkModel model;
  const double rate = 100 * megabyte;
  packed_of(model, 20, {rate, 1.0});
  const int probes = packed_of(model, 320, {rate, 1.0});
  CHECK(probes >= 9);
  CHECK(probes <= 11);
  packed_of(model, 320, {rate, 0.3});  // a photograph again
  CHECK(packed_of(model, 100, {rate, 0.3}) == 100);
}

TEST_CASE("a busy machine that packs slowly sends plain pixels") {
  LinkModel model;
  packed_of(model, 20, {118 * megabyte, 0.4, 60ms});
  CHECK(packed_of(model, 320, {118 * megabyte, 0.4, 60ms}) == 0);
  LinkModel slow;  // on a link that is ten times slower it pays all the same
  packed_of(slow, 20, {5 * megabyte, 0.4, 60ms});
  CHECK(packed_of(slow, 100, {5 * megabyte, 0.4, 60ms}) == 100);
}

TEST_CASE("the choice follows a link that becomes slow, and one that becomes fast") {
  LinkModel model;
  packed_of(model, 50, {2000 * megabyte});
  packed_of(model, 30, {50 * megabyte});
  CHECK(packed_of(model, 50, {50 * megabyte}) == 50);
  packed_of(model, 30, {2000 * megabyte});
  CHECK(packed_of(model, 50, {2000 * megabyte}) == 0);
}

TEST_CASE("one quick moment doesn't make a slow link fast") {
  LinkModel model;
  packed_of(model, 30, {50 * megabyte});
  model.saw_rate(5000 * megabyte);
  CHECK(model.choose());
}

}  // namespace tilework::pixel_codec

// What a client and an administrator believe of what a master says.
#include <limits>

#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "schema/wire/admin.h"
#include "schema/wire/picture.h"

using namespace tilework;

TEST_CASE("a piece whose bytes are too large a number isn't taken for one without bytes") {
  capnp::MallocMessageBuilder message;
  auto piece = message.initRoot<rpc::PieceSink::PieceParams>();
  piece.initPlace().setWidth(1 << 30);
  piece.getPlace().setHeight(1 << 30);
  piece.initFormat().setDepth(2);
  piece.getFormat().setChannels(4);  // 16 bytes a pixel, so 2^64
  CHECK_THROWS_AS(wire::read(piece.asReader()), UserError);
  piece.getPlace().setWidth(std::numeric_limits<int>::min());
  piece.getPlace().setHeight(std::numeric_limits<int>::min());
  CHECK_THROWS_AS(wire::read(piece.asReader()), UserError);
  piece.getPlace().setWidth(2);
  piece.getPlace().setHeight(3);
  piece.initPixels(96);
  CHECK(wire::read(piece.asReader()).place.height == 3);
}

TEST_CASE("a job's times are numbers, whatever a master says") {
  using Limits = std::numeric_limits<double>;
  for (const double said : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), 1e300, -1.0}) {
    capnp::MallocMessageBuilder message;
    auto jobs = message.initRoot<capnp::List<rpc::JobEntry>>(1);
    jobs[0].setAgeSeconds(said);
    const auto age = wire::read(jobs.asReader()).at(0).age;
    CHECK(age >= std::chrono::milliseconds(0));
    CHECK(age <= std::chrono::days(36'525));
  }
}

#include "server/imageio/metadata/directory.h"

#include <cmath>

#include <catch2/catch.hpp>

namespace tilework::imageio {
namespace {

using Wholes = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("numbers of bytes and places are read as whole ones, or not at all") {
  CHECK(Field::number(FieldType::u16, 65535).wholes() == Wholes{65535});
  CHECK(Field::doubles({0, 12, std::ldexp(1.0, 53)}).wholes() == Wholes{0, 12, 1ULL << 53});
  const double wild = GENERATE(-1.0, 0.5, 2.79e29, -1e300, HUGE_VAL, -HUGE_VAL, double{NAN});
  CAPTURE(wild);
  CHECK(Field::doubles({8, wild}).wholes().empty());
}

}  // namespace tilework::imageio

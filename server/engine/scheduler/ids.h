// The names that the scheduler and its user have for things. All are the user's choice, except attempts.
#pragma once

#include <cstdint>

namespace tilework::engine {

using WorkerId = std::uint64_t;  // of one connection: who joins again has a new one
using ClientId = std::uint64_t;
using JobId = std::uint64_t;
using SegmentIndex = std::uint64_t;   // in raster order
using AttemptNumber = std::uint64_t;  // given by the scheduler, ever increasing
using Milliseconds = std::int64_t;    // of any clock that doesn't go back

}  // namespace tilework::engine

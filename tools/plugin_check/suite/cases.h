// Random cases for filters: images, tiles and parameter values, each from a seed. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "tools/plugin_check/suite/finding.h"
#include "tools/plugin_check/suite/runs.h"
#include "tools/plugin_check/suite/suite.h"

namespace tilework::conformance {

// One filter with values that its declaration allows.
struct Call {
  const LoadedFilter* filter;
  std::vector<PackedValue> values;

  engine::BoundFilter bind() const { return {*filter->table, values}; }
};

struct Case {
  cv::Mat image;
  cv::Size tile;
  std::vector<Call> calls;

  std::vector<engine::BoundFilter> chain() const;
  CaseText text(std::uint64_t seed) const;
};

// A value in the declared range; often the default, one of the ends, or what a slider offers.
PackedValue any_value(const ParameterDescription& parameter, cv::RNG& random);

// Values in those parts of the ranges that the options ask for. They take as many random numbers whatever
// these are, so that the rest of a case is the same.
Call any_call(const LoadedFilter& filter, const Options& options, cv::RNG& random);

// An image of any format and content, at most `longest` pixels wide and high, and tiles for it: odd and prime
// sizes, single pixels, strips.
Case any_case(std::vector<Call> calls, int longest, cv::RNG& random);

}  // namespace tilework::conformance

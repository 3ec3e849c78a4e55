// Runs a check on random cases. For the checks alone.
#pragma once

#include <functional>

#include "tools/plugin_check/suite/cases.h"
#include "tools/plugin_check/suite/suite.h"

namespace tilework::conformance {

using CaseCheck = std::function<std::string(const Case&, cv::RNG&)>;

// Some `count` cases for each filter, or for the global ones alone, each from a seed of its own. A filter
// that fails in a few of them is left.
void for_cases(const Run& run, int count, int longest, bool global_alone, const CaseCheck& check);

// How many wrong cases of one filter say all that there is to say.
inline constexpr int enough_findings = 3;

struct Result {
  cv::Mat pixels;
  std::vector<tilework::Finding> findings;  // in order
};

// Where two results differ, in words, as difference() of their pixels; findings exactly.
std::string difference(const Result& a, const Result& b);

// The whole image at once, with as many threads of OpenCV's as it likes: they are off in filter hosts, so a
// filter whose result depends on them is found out.
Result on_whole(std::vector<engine::BoundFilter> chain, const cv::Mat& image);

// In tiles, and without these threads.
Result on_tiles(const Case& c);

}  // namespace tilework::conformance

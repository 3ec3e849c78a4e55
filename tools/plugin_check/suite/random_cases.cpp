#include "tools/plugin_check/suite/random_cases.h"

#include <string>
#include <utility>

namespace tilework::conformance {
namespace {

class OpenCvThreads {
 public:
  explicit OpenCvThreads(int count) : before_(cv::getNumThreads()) { cv::setNumThreads(count); }
  ~OpenCvThreads() { cv::setNumThreads(before_); }
  OpenCvThreads(const OpenCvThreads&) = delete;

 private:
  int before_;
};

}  // namespace

void for_cases(const Run& run, int count, int longest, bool global_alone, const CaseCheck& check) {
  for (const auto& filter : run.filters()) {
    if (global_alone && filter.description.kind != FilterKind::global) continue;
    int wrong = 0;
    for (int i = 0; i < run.cases(count) && wrong < enough_findings; ++i) {
      const std::uint64_t seed = run.first_seed() + static_cast<std::uint64_t>(i);
      cv::RNG random(std::hash<std::string>{}(filter.description.name) + seed);
      const Case c = any_case({any_call(filter, random)}, longest, random);
      if (!run.attempt(c.text(seed), [&] { return check(c, random); })) ++wrong;
    }
  }
}

cv::Mat on_whole(std::vector<engine::BoundFilter> chain, const cv::Mat& image) {
  const OpenCvThreads some(-1);
  return run_whole(std::move(chain), image);
}

cv::Mat on_tiles(const Case& c) {
  const OpenCvThreads none(0);
  return run_tiled(c.chain(), c.image, c.tile);
}

}  // namespace tilework::conformance

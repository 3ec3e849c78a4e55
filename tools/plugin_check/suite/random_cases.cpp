#include "tools/plugin_check/suite/random_cases.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "tools/plugin_check/suite/difference.h"

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

std::string finding_text(const tilework::Finding& finding) {
  std::ostringstream text;
  text << finding.label << ' ' << finding.box.width << 'x' << finding.box.height << " at " << finding.box.x
       << ',' << finding.box.y << " of score " << finding.score;
  return text.str();
}

}  // namespace

void for_cases(const Run& run, int count, int longest, bool global_alone, const CaseCheck& check) {
  for (const auto& filter : run.filters()) {
    if (global_alone && filter.description.kind != FilterKind::global) continue;
    int wrong = 0;
    for (int i = 0; i < run.cases(count) && wrong < enough_findings; ++i) {
      const std::uint64_t seed = run.first_seed() + static_cast<std::uint64_t>(i);
      cv::RNG random(std::hash<std::string>{}(filter.description.name) + seed);
      const Case c = any_case({any_call(filter, run.options(), random)}, longest, random);
      if (!run.attempt(c.text(seed), [&] { return check(c, random); })) ++wrong;
    }
  }
}

std::string difference(const Result& a, const Result& b) {
  if (const auto pixels = difference(a.pixels, b.pixels); !pixels.empty()) return pixels;
  const auto [x, y] = std::ranges::mismatch(a.findings, b.findings);
  if (x == a.findings.end() && y == b.findings.end()) return {};
  const auto text = [](auto at, const auto& list) {
    return at == list.end() ? "nothing" : finding_text(*at);
  };
  return "findings differ: " + std::to_string(a.findings.size()) + " and " +
         std::to_string(b.findings.size()) + ", first " + text(x, a.findings) + " and " + text(y, b.findings);
}

Result on_whole(std::vector<engine::BoundFilter> chain, const cv::Mat& image) {
  const OpenCvThreads some(-1);
  engine::FindingList found;
  cv::Mat pixels = run_whole(std::move(chain), image, &found);
  return {pixels, found.take()};
}

Result on_tiles(const Case& c) {
  const OpenCvThreads none(0);
  engine::FindingList found;
  cv::Mat pixels = run_tiled(c.chain(), c.image, c.tile, &found);
  return {pixels, found.take()};
}

}  // namespace tilework::conformance

// Checks that tiles give what the whole image gives.
#include <string>
#include <utility>
#include <vector>

#include "tools/plugin_check/suite/checks.h"
#include "tools/plugin_check/suite/difference.h"
#include "tools/plugin_check/suite/images.h"
#include "tools/plugin_check/suite/random_cases.h"

namespace tilework::conformance {
namespace {

std::string seam(const Case& c) {
  return difference(on_tiles(c), on_whole(c.chain(), c.image));
}
std::string seam_at_random(const Case& c, cv::RNG&) {
  return seam(c);
}

}  // namespace

void check_small_images(const Run& run) {
  for_cases(run, 150, 150, false, seam_at_random);
}

void check_larger_images(const Run& run) {
  for_cases(run, 12, 700, false, seam_at_random);
}

void check_photo(const Run& run) {
  cv::RNG random(run.first_seed());
  const cv::Mat photo = make_image(Scene::photo, {1601, 1103}, {}, random);
  for (const auto& filter : run.filters()) {
    Call call{&filter, {}};
    for (const auto& parameter : filter.description.parameters) call.values.push_back(parameter.initial);
    const Case c{photo, {512, 128}, {std::move(call)}};
    run.attempt(c.text(run.first_seed()), [&] { return seam(c); });
  }
}

void check_formats(const Run& run) {
  for_cases(run, 20, 40, false, [](const Case& c, cv::RNG&) -> std::string {
    const PixelFormat format = PixelFormat::of(c.image);
    const PixelFormat declared = c.calls[0].bind().describe(format).output;
    const cv::Mat result = on_tiles(c).pixels;
    if (PixelFormat::of(result) != declared) {
      return "it declares " + cv::typeToString(declared.cv_type()) + " and returns " +
             cv::typeToString(result.type());
    }
    if (declared.has_alpha() != format.has_alpha()) {
      return format.has_alpha() ? "the image's alpha is lost" : "the image gets an alpha that it didn't have";
    }
    return {};
  });
}

void check_chains(const Run& run) {
  const auto count = static_cast<int>(run.filters().size());
  int wrong = 0;
  for (int i = 0; i < run.cases(600) && wrong < enough_findings; ++i) {
    const std::uint64_t seed = run.first_seed() + static_cast<std::uint64_t>(i);
    cv::RNG random(seed * 7919);
    std::vector<Call> calls;
    for (int length = random.uniform(2, 4); length > 0; --length) {
      calls.push_back(
          any_call(run.filters()[static_cast<std::size_t>(random.uniform(0, count))], run.options(), random));
    }
    const Case c = any_case(std::move(calls), seed % 10 == 0 ? 500 : 120, random);
    const bool right = run.attempt(c.text(seed), [&] {
      Result whole{c.image, {}};
      engine::FindingList found;
      for (const Call& call : c.calls) {
        std::vector<engine::BoundFilter> one;
        one.push_back(call.bind());
        Result next = on_whole(std::move(one), whole.pixels);
        whole.pixels = next.pixels;
        found.add(next.findings.size(), std::move(next.findings));
      }
      whole.findings = found.take();
      return difference(on_tiles(c), whole);
    });
    if (!right) ++wrong;
  }
}

}  // namespace tilework::conformance

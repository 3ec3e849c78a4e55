#include "tools/plugin_check/suite/runs.h"

#include <utility>

#include "server/engine/executor.h"
#include "server/engine/plan.h"

namespace tilework::conformance {

engine::BoundFilter bind(const LoadedFilter& filter, const std::map<std::string, Value>& arguments) {
  return {*filter.table, pack_arguments(filter.description, {filter.description.name, arguments})};
}

cv::Mat run_tiled(std::vector<engine::BoundFilter> filters, const cv::Mat& image, cv::Size tile,
                  engine::FindingList* findings) {
  const PixelFormat format = PixelFormat::of(image);
  const engine::Plan plan =
      engine::make_plan(image.size(), format, engine::describe_steps(filters, format), tile);
  engine::Chain chain(std::move(filters));
  return engine::run_plan(plan, chain, image, findings);
}

cv::Mat run_whole(std::vector<engine::BoundFilter> filters, const cv::Mat& image,
                  engine::FindingList* findings) {
  return run_tiled(std::move(filters), image, image.size(), findings);
}

}  // namespace tilework::conformance

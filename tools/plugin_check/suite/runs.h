// Runs a plugin's filters in this process, by the engine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "schema/model/recipe.h"
#include "server/engine/bound_filter.h"
#include "server/engine/findings.h"

namespace tilework::conformance {

struct LoadedFilter {
  std::string file;
  const TileworkFilter* table;  // lives until the process ends
  FilterDescription description;
};

// With the arguments given, and defaults for the rest. Throws UserError for a bad argument.
engine::BoundFilter bind(const LoadedFilter& filter, const std::map<std::string, Value>& arguments = {});

// The plan of one recipe on tiles of this size, run in this thread.
// `findings`, if it isn't null, takes what its detectors find; they aren't run otherwise.
cv::Mat run_tiled(std::vector<engine::BoundFilter> filters, const cv::Mat& image, cv::Size tile,
                  engine::FindingList* findings = nullptr);
cv::Mat run_whole(std::vector<engine::BoundFilter> filters, const cv::Mat& image,
                  engine::FindingList* findings = nullptr);

}  // namespace tilework::conformance

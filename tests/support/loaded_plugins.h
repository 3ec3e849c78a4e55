// Loads plugins into the test's own process and runs their filters by the engine.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "schema/model/recipe.h"
#include "server/engine/bound_filter.h"
#include "server/engine/executor.h"

namespace tilework::test {

struct LoadedFilter {
  std::string file;
  const TileworkFilter* table;  // lives until the process ends
  FilterDescription description;
};

// The filters of all plugins (*.so) in a folder, ordered by name. Throws std::runtime_error with the file's
// name when one cannot be loaded.
std::vector<LoadedFilter> load_filters(const std::filesystem::path& folder);

const LoadedFilter& find_filter(const std::vector<LoadedFilter>& filters, const std::string& name);

// With the arguments given, and defaults for the rest. Throws UserError for a bad argument.
engine::BoundFilter bind(const LoadedFilter& filter, const std::map<std::string, Value>& arguments = {});

// The plan of one recipe on tiles of this size, run in this thread.
cv::Mat run_tiled(std::vector<engine::BoundFilter> filters, const cv::Mat& image, cv::Size tile);
cv::Mat run_whole(std::vector<engine::BoundFilter> filters, const cv::Mat& image);

// Where two results differ, in words; empty when they are equal: integers and formats exactly, floats within
// a relative 1e-5.
std::string difference(const cv::Mat& a, const cv::Mat& b);

}  // namespace tilework::test

// Loads plugins into the test's own process, where the suite's functions run their filters.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/plugin_check/suite/difference.h"
#include "tools/plugin_check/suite/runs.h"

namespace tilework::test {

using conformance::bind;
using conformance::difference;
using conformance::LoadedFilter;
using conformance::run_tiled;
using conformance::run_whole;

// The filters of all plugins (*.so) in a folder, ordered by name. Throws std::runtime_error with the file's
// name when one cannot be loaded.
std::vector<LoadedFilter> load_filters(const std::filesystem::path& folder);

const LoadedFilter& find_filter(const std::vector<LoadedFilter>& filters, const std::string& name);

}  // namespace tilework::test

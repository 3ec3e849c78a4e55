// The checks one by one; suite.cpp names them. Each tells its run's observer what it finds.
#pragma once

#include "tools/plugin_check/suite/suite.h"

namespace tilework::conformance {

// declarations.cpp
void check_descriptions(const Run& run);
void check_ranges(const Run& run);
void check_refusals(const Run& run);

// tiling.cpp
void check_small_images(const Run& run);
void check_larger_images(const Run& run);
void check_photo(const Run& run);
void check_formats(const Run& run);
void check_chains(const Run& run);

// merging.cpp
void check_merging(const Run& run);
void check_stats_of_nothing(const Run& run);

}  // namespace tilework::conformance

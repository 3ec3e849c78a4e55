// What the tool is asked to do with each plugin. Plain values; any thread.
#pragma once

#include <chrono>
#include <vector>

#include "tools/plugin_check/suite/suite.h"

namespace tilework::plugin_check {

// How long a plugin may take before it is said to hang.
struct Limits {
  std::chrono::milliseconds load;
  std::chrono::milliseconds one_case;  // not a whole check: slow filters may be good
};

struct Request {
  conformance::Options options;  // but for `parts`: what they mean is known once a plugin is loaded
  std::vector<conformance::PartText> parts;  // for all plugins
  Limits limits;
};

}  // namespace tilework::plugin_check

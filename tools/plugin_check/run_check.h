// Runs a check of the suite on a plugin, in children. For a process with one thread, see child.h.
#pragma once

#include <string>

#include "tools/plugin_check/report.h"
#include "tools/plugin_check/request.h"

namespace tilework::plugin_check {

// A case that crashes ends the check. One that takes too long does so too, unless it comes back in time once
// the numbers in it that are above their defaults are the defaults: then it is overdue, and the next ones are
// tried.
CheckReport run_check(const std::string& file, const conformance::Check& check, const Request& request);

}  // namespace tilework::plugin_check

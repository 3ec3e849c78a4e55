// What a child sends to its parent, a line of JSON each. Unknown code runs in the child and may write into
// the pipe as well: a line that makes no sense is none of these. Pure; any thread.
#pragma once

#include <string>
#include <variant>

#include "tools/plugin_check/report.h"
#include "tools/plugin_check/suite/finding.h"

namespace tilework::plugin_check {

// Why a master would refuse the plugin.
struct Refusal {
  std::string reason;
};

// What is wrong with what was asked for of the plugin's filters.
struct Mistake {
  std::string text;
};

// A case is sent before it is tried.
using Message = std::variant<std::monostate, Refusal, Mistake, ExportedFilter, conformance::CaseText,
                             conformance::Finding>;

std::string write(const Message& message);
Message read(const std::string& line);

}  // namespace tilework::plugin_check

// Lists as JSON for scripts. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/admin/tables.h"

namespace tilework::admin {

nlohmann::json to_json(const std::vector<MasterReport>& masters);
nlohmann::json to_json(const WorkerList& workers);
nlohmann::json to_json(const PluginList& plugins);
nlohmann::json to_json(const std::vector<JobSummary>& jobs);
nlohmann::json to_json(const std::vector<ClientDetails>& clients);
nlohmann::json to_json(const LogLine& line);

// On one line, or indented for people. What isn't UTF-8 is replaced. Ends with the end of a line.
std::string dump(const nlohmann::json& document, bool one_line = false);

}  // namespace tilework::admin

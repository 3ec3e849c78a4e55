// Finds out what is wrong with a plugin. The file is looked at here; whatever loads it happens in children.
// For a process with one thread, see child.h.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tools/plugin_check/report.h"
#include "tools/plugin_check/request.h"

namespace tilework::plugin_check {

// Whether a master would take the file, and what it exports. `taken` are filters that other files export
// already, with the file's name: a master offers a name but once.
FileReport look_at(const std::string& file, const std::map<std::string, std::string>& taken,
                   const Request& request);

// Runs the whole suite on a plugin that look_at() found to be good, each check in a child of its own, so that
// one which crashes doesn't hide what the others find. `after_each` is called as soon as a check is over.
void run_checks(FileReport& report, const Request& request,
                const std::function<void(const CheckReport&)>& after_each);

}  // namespace tilework::plugin_check

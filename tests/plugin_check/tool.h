// Runs tilework-plugin-check as an author does. One thread.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/process.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {

inline const std::string small_images = "tiles of small images give the whole image's result";
inline const std::string chains = "chains on tiles give what the filters give one by one on the whole image";

// A plugin of plugins/, "bad_hangs".
inline std::string checked_plugin(const std::string& name) {
  return std::string(TILEWORK_CHECKED_PLUGIN_DIR) + "/test_" + name + ".so";
}

inline Finished check(std::vector<std::string> arguments) {
  const TempDir folder;
  arguments.insert(arguments.begin(), TILEWORK_PLUGIN_CHECK);
  return run(arguments, folder.path() / "check");
}

// The report on one file.
inline nlohmann::json report_on(const std::string& file, std::vector<std::string> options, int code = 4) {
  options.insert(options.end(), {"--json", file});
  const auto finished = check(options);
  INFO(finished.errors);
  CHECK(finished.code == code);
  const auto reports = nlohmann::json::parse(finished.output);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0]["file"] == file);
  return reports[0];
}

inline nlohmann::json check_in(const nlohmann::json& report, const std::string& name) {
  for (const auto& check : report["checks"]) {
    if (check["name"] == name) return check;
  }
  FAIL("the report has no check \"" << name << "\"");
  return {};
}

}  // namespace tilework::test

// Lists as tables for people. All words from elsewhere are made printable. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "schema/model/admin.h"
#include "schema/model/error.h"

namespace tilework::admin {

// A master of the list: what it says of itself, or why it doesn't.
struct MasterReport {
  std::string address;
  std::optional<MasterOverview> overview;
  std::optional<Error> error;
};

// In the order of the list. Below the table, a line for each that doesn't answer.
std::string masters_table(const std::vector<MasterReport>& masters);

// By name; numbers in names count as numbers.
std::string workers_table(std::vector<WorkerDetails> workers);

// By file; of a file, the version that new jobs get first. Below the table, the files that were refused.
std::string plugins_table(PluginList plugins);

// In the order in which the master has them: those that wait or run, then the newest that have ended.
std::string jobs_table(const std::vector<JobSummary>& jobs);

// In the order in which they came.
std::string clients_table(const std::vector<ClientDetails>& clients);

// "12 s", "3 min", "5 h", "2 d": how long ago something was.
std::string age_text(std::chrono::milliseconds age);

// How many characters of the ids it takes to tell them apart, at least 8.
std::size_t telling_length(const std::vector<std::string>& ids);

const char* word(WorkerState state);
const char* word(PluginState state);
const char* word(JobState state);

}  // namespace tilework::admin

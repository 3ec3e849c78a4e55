// Lists as tables for people. All words from elsewhere are made printable. Pure; any thread.
#pragma once

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

// What people choose of a list, and how they want it shown.
struct ListChoice {
  bool failed = false;  // only what has gone wrong
  std::string sort{};   // a column's name; empty: the usual order
  bool wide = false;    // with the columns that a narrow terminal has no room for
};

// In the order of the list. Below the table, a line for each that doesn't answer.
std::string masters_table(const std::vector<MasterReport>& masters, const ListChoice& choice = {});

// What `--sort` takes.
std::vector<std::string> worker_sort_names();
std::vector<std::string> job_sort_names();

// Sorted and, of a choice of what has failed, without the others: of workers, those that have failed, are
// silent or set aside, and those that left otherwise than because somebody stopped them. The usual order of
// workers is that of their names; numbers in names count as numbers.
WorkerList chosen(WorkerList list, const ListChoice& choice);
// The usual order of jobs is the master's: those that wait or run, then the newest that have ended.
std::vector<JobSummary> chosen(std::vector<JobSummary> jobs, const ListChoice& choice);

// What was chosen. Below the table the sums, what went wrong, and the newest that have left: all of them if
// it is wide.
std::string workers_table(const WorkerList& list, const ListChoice& choice = {});
// What was chosen, how many there are of each state, and why some have ended. Long names and recipes are cut
// unless it is wide.
std::string jobs_table(const std::vector<JobSummary>& jobs, const ListChoice& choice = {});

// By file; of a file, the version that new jobs get first. Below the table, the files that were refused.
std::string plugins_table(PluginList plugins);

// In the order in which they came.
std::string clients_table(const std::vector<ClientDetails>& clients);

}  // namespace tilework::admin

// What the tool found out about a file, and how it says so. Pure values; any thread.
#pragma once

#include <string>
#include <vector>

#include "schema/model/recipe.h"
#include "tools/plugin_check/suite/finding.h"

namespace tilework::plugin_check {

enum class Verdict {
  good,
  failed,
  undecided,       // nothing is wrong, but some cases took too long, and not with smaller values
  refused,         // a master would refuse it; nothing was run
  unreadable,      // there is no such file, or it can't be opened
  not_applicable,  // of a check: the plugin has nothing of the kind that it is for
};

// As in the report: "good", "failed", ...
const char* to_text(Verdict verdict);

struct CheckReport {
  std::string name;
  Verdict verdict = Verdict::good;
  int cases = 0;  // that were tried, the overdue ones too
  double seconds = 0;
  std::vector<conformance::Finding> findings;
  std::vector<conformance::Finding> overdue;  // cases that took too long because their values are large
};

struct ExportedFilter {
  std::string name;
  std::string version;
  FilterKind kind = FilterKind::local;
};

struct FileReport {
  std::string file;
  Verdict verdict = Verdict::good;
  std::string reason;   // of a file that is refused or unreadable
  std::string mistake;  // in what was asked for of its filters; empty if there is none
  std::vector<ExportedFilter> filters;
  std::vector<CheckReport> checks;
};

// The parts of a report for a person, as they come to be known: the file and what it exports, or why it is
// refused; a check with its findings; the end. Each is one line or a few.
std::string head_text(const FileReport& report);
std::string check_text(const CheckReport& check);
std::string end_text(const FileReport& report);

// The report for scripts: an array with an object for each file. Bytes that are no UTF-8 are replaced.
std::string json_text(const std::vector<FileReport>& reports);

// What the program's exit code tells: 0 when all files are good, else 4 when one is refused or failed, else
// 2 when one can't be read, else 3.
int exit_code(const std::vector<FileReport>& reports);

}  // namespace tilework::plugin_check

// The conformance suite: what every filter must do, whoever wrote it, so that the result of a job doesn't
// depend on how the image is cut up. The checks run the filters in the process and thread that call them, and
// let OpenCV start threads of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "tools/plugin_check/suite/finding.h"
#include "tools/plugin_check/suite/parts.h"
#include "tools/plugin_check/suite/runs.h"

namespace tilework::conformance {

struct Options {
  std::uint64_t seed = 1;  // of the first case; the next ones count on from it
  bool quick = false;      // a tenth of the cases
  Parts parts = {};        // of the ranges; checks that try the defaults alone try those all the same
  bool lowered = false;  // numbers above their default become the default; all else of a case stays as it is
};

// Is told what goes on in a check, while it goes on.
class Observer {
 public:
  virtual ~Observer() = default;
  // Before each case: the one to name if the filter doesn't come back from it. The case isn't tried if the
  // answer says already whether all is right.
  virtual std::optional<bool> at(const CaseText& where) = 0;
  virtual void found(const Finding& finding) = 0;
};

// One check on the filters of a plugin, or of several that are to work together.
class Run {
 public:
  // What is referred to outlives the object.
  Run(std::span<const LoadedFilter> filters, const Options& options, Observer& observer)
      : filters_(filters), options_(options), observer_(observer) {}

  std::span<const LoadedFilter> filters() const { return filters_; }
  const Options& options() const { return options_; }
  std::uint64_t first_seed() const { return options_.seed; }
  // How many cases to try where a whole run tries `all`.
  int cases(int all) const { return options_.quick ? (all + 9) / 10 : all; }

  // One case. `check` returns what is wrong, or an empty text; an exception is wrong as well. Returns whether
  // all was right.
  bool attempt(const CaseText& where, const std::function<std::string()>& check) const;

 private:
  std::span<const LoadedFilter> filters_;
  Options options_;
  Observer& observer_;
};

struct Check {
  const char* name;         // a sentence that holds for a good filter
  bool for_global_filters;  // says nothing about local ones
  void (*run)(const Run&);
};

// All of them, in the order in which an author wants to know.
std::span<const Check> all_checks();

}  // namespace tilework::conformance

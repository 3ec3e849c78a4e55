#include "tools/plugin_check/run_check.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/host/libraries/plugin_library.h"
#include "tools/plugin_check/child.h"
#include "tools/plugin_check/messages.h"

namespace tilework::plugin_check {
namespace {

using conformance::CaseText;
using conformance::Finding;

// Of each case that a child tried, in their order: whether all was right.
using Outcomes = std::vector<bool>;

// In the child. Passes over the cases that other children tried.
class SendingObserver final : public conformance::Observer {
 public:
  struct Enough {};

  // With `instead_of`, the next case is the only one, and not even that if it has the same filters and
  // values.
  SendingObserver(const Send& send, const Outcomes& tried, const CaseText* instead_of)
      : send_(send), tried_(tried), instead_of_(instead_of) {}

  // Throws Enough.
  std::optional<bool> at(const CaseText& where) override {
    const std::size_t index = next_++;
    if (index < tried_.size()) return tried_[index];
    const bool is_next = index == tried_.size();
    if (instead_of_ != nullptr && (!is_next || where.filters == instead_of_->filters)) throw Enough();
    send_(write(where));
    return std::nullopt;
  }
  void found(const Finding& finding) override { send_(write(finding)); }

 private:
  const Send& send_;
  const Outcomes& tried_;
  const CaseText* instead_of_;
  std::size_t next_ = 0;
};

// What a child told.
struct Told {
  std::vector<CaseText> cases;
  Outcomes right;  // for each case, as far as it is known
  std::vector<Finding> findings;
  Ending ending;

  void hear(const Message& message) {
    if (const auto* where = std::get_if<CaseText>(&message)) {
      cases.push_back(*where);
      right.push_back(true);
    } else if (const auto* finding = std::get_if<Finding>(&message)) {
      findings.push_back(*finding);
      if (!right.empty()) right.back() = false;
    }
  }
  bool is(Ending::Kind kind) const { return ending.kind == kind; }
};

// One check on one plugin.
class CheckRun {
 public:
  CheckRun(const std::string& file, const conformance::Check& check, const Request& request)
      : file_(file), check_(check), request_(request) {
    report_.name = check.name;
  }

  CheckReport run() {
    const auto begin = std::chrono::steady_clock::now();
    while (try_cases()) {
    }
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (report_.cases == 0 && report_.findings.empty())
      report_.findings.push_back({{}, "nothing was checked"});
    if (!report_.overdue.empty()) report_.verdict = Verdict::undecided;
    if (!report_.findings.empty()) report_.verdict = Verdict::failed;
    return std::move(report_);
  }

 private:
  // Tries those that are left. Whether there are more after that.
  bool try_cases() {
    Told told = in_child(request_.options, nullptr);
    const CaseText last = told.cases.empty() ? CaseText{} : told.cases.back();
    report_.cases += static_cast<int>(told.cases.size());
    add(told.findings);
    if (told.is(Ending::Kind::complete)) return false;
    if (told.is(Ending::Kind::broken) || told.cases.empty()) return fail(last, told.ending.text);

    told.right.pop_back();
    tried_.insert(tried_.end(), told.right.begin(), told.right.end());
    const bool goes_on = try_lowered(last, told.ending.text);
    tried_.push_back(
        false);  // so that a check leaves a filter whose cases are overdue as one whose are wrong
    return goes_on;
  }

  // Tries a case that took too long once more, with smaller numbers. Whether these were all that it took.
  bool try_lowered(const CaseText& slow, const std::string& how_long) {
    conformance::Options options = request_.options;
    options.lowered = true;
    Told told = in_child(options, &slow);
    add(told.findings);
    if (told.is(Ending::Kind::overdue) || told.cases.empty()) {
      return fail(slow, how_long + ", which is the limit of a case (--seconds)");
    }
    const CaseText& lowered = told.cases.front();
    if (told.is(Ending::Kind::broken)) return fail(lowered, told.ending.text);
    report_.overdue.push_back({slow, how_long + ", but not with " + lowered.filters});
    return true;
  }

  Told in_child(const conformance::Options& options, const CaseText* instead_of) const {
    Told told;
    told.ending = run_in_child(
        request_.limits.one_case,
        [&](const Send& send) {
          SendingObserver observer(send, tried_, instead_of);
          try {
            load_and_check(options, observer);
          } catch (const SendingObserver::Enough&) {
          } catch (const std::exception& error) {
            send(write(Finding{{}, error.what()}));
          }
        },
        [&](const std::string& line) { told.hear(read(line)); });
    return told;
  }

  // In the child.
  void load_and_check(conformance::Options options, conformance::Observer& observer) const {
    const host::PluginLibrary library(file_, {});
    std::vector<conformance::LoadedFilter> filters;
    for (const auto& filter : library.filters()) {
      filters.push_back({file_, &library.table(filter.name), filter});
    }
    std::ranges::sort(filters, {}, [](const auto& filter) { return filter.description.name; });
    options.parts = conformance::read_parts(request_.parts, library.filters());
    check_.run({filters, options, observer});
  }

  bool fail(const CaseText& where, const std::string& what) {
    report_.findings.push_back({where, what});
    return false;
  }
  void add(const std::vector<Finding>& findings) {
    report_.findings.insert(report_.findings.end(), findings.begin(), findings.end());
  }

  const std::string& file_;
  const conformance::Check& check_;
  const Request& request_;
  CheckReport report_;
  Outcomes tried_;
};

}  // namespace

CheckReport run_check(const std::string& file, const conformance::Check& check, const Request& request) {
  return CheckRun(file, check, request).run();
}

}  // namespace tilework::plugin_check

#include "tools/plugin_check/examine.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "server/host/elf.h"
#include "server/host/plugin_library.h"
#include "server/host/plugin_store.h"
#include "tools/plugin_check/child.h"
#include "tools/plugin_check/messages.h"

namespace tilework::plugin_check {
namespace {

// Why masters would pass the file over without a word.
std::string wrong_name(const std::string& file) {
  const auto name = std::filesystem::path(file).filename().string();
  if (name.starts_with('.')) return "its name begins with a dot, and masters look at no hidden files";
  if (!name.ends_with(".so")) return "its name doesn't end in .so, and masters look at no other files";
  return {};
}

// What is wrong with the file, before anything loads it.
std::pair<Verdict, std::string> look_at_file(const std::string& file) {
  const kj::AutoCloseFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return {Verdict::unreadable, std::string("it can't be opened: ") + std::strerror(errno)};
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return {Verdict::unreadable, "it is no regular file"};
  if (const auto problem = wrong_name(file); !problem.empty()) return {Verdict::refused, problem};
  if (static_cast<std::uint64_t>(info.st_size) > host::plugin_limit) {
    return {Verdict::refused, "it has more than " + std::to_string(host::plugin_limit >> 20) + " MiB"};
  }
  if (const auto problem = host::why_not_whole(fd); !problem.empty())
    return {Verdict::refused, "it " + problem};
  return {Verdict::good, {}};
}

// In the child.
void load_and_describe(const std::string& file, const Send& send) {
  try {
    const host::PluginLibrary library(file, {});
    for (const auto& filter : library.filters()) {
      send(write(ExportedFilter{filter.name, filter.version, filter.kind}));
    }
  } catch (const std::exception& error) {
    send(write(Refusal{error.what()}));
  }
}

// In the child.
class SendingObserver final : public conformance::Observer {
 public:
  explicit SendingObserver(const Send& send) : send_(send) {}
  void at(const conformance::CaseText& where) override { send_(write(where)); }
  void found(const conformance::Finding& finding) override { send_(write(finding)); }

 private:
  const Send& send_;
};

// In the child.
void load_and_check(const std::string& file, const conformance::Check& check,
                    const conformance::Options& options, const Send& send) {
  const host::PluginLibrary library(file, {});
  std::vector<conformance::LoadedFilter> filters;
  for (const auto& filter : library.filters()) filters.push_back({file, &library.table(filter.name), filter});
  std::ranges::sort(filters, {}, [](const auto& filter) { return filter.description.name; });
  SendingObserver observer(send);
  check.run({filters, options, observer});
}

CheckReport run_check(const std::string& file, const conformance::Check& check,
                      const conformance::Options& options, std::chrono::milliseconds limit) {
  CheckReport report;
  report.name = check.name;
  conformance::CaseText last;
  const auto begin = std::chrono::steady_clock::now();
  const Ending ending = run_in_child(
      limit,
      [&](const Send& send) {
        try {
          load_and_check(file, check, options, send);
        } catch (const std::exception& error) {
          send(write(conformance::Finding{{}, error.what()}));
        }
      },
      [&](const std::string& line) {
        const Message message = read(line);
        if (const auto* where = std::get_if<conformance::CaseText>(&message)) {
          last = *where;
          ++report.cases;
        } else if (const auto* finding = std::get_if<conformance::Finding>(&message)) {
          report.findings.push_back(*finding);
        }
      });
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (ending.kind == Ending::Kind::overdue) {
    report.findings.push_back({last, ending.text + ", which is the limit of a case (--seconds)"});
  } else if (ending.kind == Ending::Kind::broken) {
    report.findings.push_back({last, ending.text});
  } else if (report.cases == 0 && report.findings.empty()) {
    report.findings.push_back({{}, "nothing was checked"});
  }
  if (!report.findings.empty()) report.verdict = Verdict::failed;
  return report;
}

}  // namespace

FileReport look_at(const std::string& file, const std::map<std::string, std::string>& taken, Limits limits) {
  FileReport report;
  report.file = file;
  std::tie(report.verdict, report.reason) = look_at_file(file);
  if (report.verdict != Verdict::good) return report;

  std::string refusal;
  const Ending ending = run_in_child(
      limits.load, [&](const Send& send) { load_and_describe(file, send); },
      [&](const std::string& line) {
        const Message message = read(line);
        if (const auto* filter = std::get_if<ExportedFilter>(&message)) {
          report.filters.push_back(*filter);
        } else if (const auto* refused = std::get_if<Refusal>(&message)) {
          refusal = refused->reason;
        }
      });
  if (refusal.empty() && ending.kind != Ending::Kind::complete)
    refusal = "while it was loaded: " + ending.text;
  if (refusal.empty() && report.filters.empty()) refusal = "it exports no filters";
  for (const auto& filter : report.filters) {
    const auto other = taken.find(filter.name);
    if (other != taken.end()) refusal = other->second + " already exports a filter " + filter.name;
  }
  if (!refusal.empty()) {
    report.verdict = Verdict::refused;
    report.reason = refusal;
  }
  return report;
}

void run_checks(FileReport& report, const conformance::Options& options, Limits limits,
                const std::function<void(const CheckReport&)>& after_each) {
  const bool any_global = std::ranges::any_of(
      report.filters, [](const ExportedFilter& filter) { return filter.kind == FilterKind::global; });
  for (const auto& check : conformance::all_checks()) {
    if (check.for_global_filters && !any_global) {
      report.checks.push_back({check.name, Verdict::not_applicable, 0, 0, {}});
    } else {
      report.checks.push_back(run_check(report.file, check, options, limits.one_case));
    }
    if (report.checks.back().verdict == Verdict::failed) report.verdict = Verdict::failed;
    after_each(report.checks.back());
  }
}

}  // namespace tilework::plugin_check

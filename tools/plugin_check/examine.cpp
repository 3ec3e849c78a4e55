#include "tools/plugin_check/examine.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "server/host/libraries/elf.h"
#include "server/host/libraries/plugin_library.h"
#include "server/host/libraries/plugin_store.h"
#include "server/host/libraries/refusal.h"
#include "tools/plugin_check/child.h"
#include "tools/plugin_check/messages.h"
#include "tools/plugin_check/run_check.h"

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

std::string mistake_in(const std::vector<conformance::PartText>& parts,
                       const std::vector<FilterDescription>& filters) {
  try {
    conformance::read_parts(parts, filters);
    return {};
  } catch (const UserError& error) {
    return error.what();
  }
}

std::ptrdiff_t threads_here() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// A thread that has been joined may be seen a little longer.
bool keeps_threads() {
  for (int look = 0; look < 20; ++look) {
    if (threads_here() == 1) return false;
    ::poll(nullptr, 0, 25);
  }
  return true;
}

// In the child.
void load_and_describe(const std::string& file, const std::vector<conformance::PartText>& parts,
                       const Send& send) {
  try {
    ::setenv("OMP_NUM_THREADS", "1", 1);  // as in a filter host
    const host::PluginLibrary library(file, {});
    if (keeps_threads()) throw UserError(host::left_threads);
    for (const auto& filter : library.filters()) {
      send(write(ExportedFilter{filter.name, filter.version, filter.kind}));
    }
    if (const auto mistake = mistake_in(parts, library.filters()); !mistake.empty()) {
      send(write(Mistake{mistake}));
    }
  } catch (const std::exception& error) {
    send(write(Refusal{error.what()}));
  }
}

}  // namespace

FileReport look_at(const std::string& file, const std::map<std::string, std::string>& taken,
                   const Request& request) {
  FileReport report;
  report.file = file;
  std::tie(report.verdict, report.reason) = look_at_file(file);
  if (report.verdict != Verdict::good) return report;

  std::string refusal;
  const Ending ending = run_in_child(
      request.limits.load, [&](const Send& send) { load_and_describe(file, request.parts, send); },
      [&](const std::string& line) {
        const Message message = read(line);
        if (const auto* filter = std::get_if<ExportedFilter>(&message)) {
          report.filters.push_back(*filter);
        } else if (const auto* refused = std::get_if<Refusal>(&message)) {
          refusal = refused->reason;
        } else if (const auto* mistake = std::get_if<Mistake>(&message)) {
          report.mistake = mistake->text;
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

void run_checks(FileReport& report, const Request& request,
                const std::function<void(const CheckReport&)>& after_each) {
  const bool any_global = std::ranges::any_of(
      report.filters, [](const ExportedFilter& filter) { return filter.kind == FilterKind::global; });
  for (const auto& check : conformance::all_checks()) {
    if (check.for_global_filters && !any_global) {
      report.checks.push_back({check.name, Verdict::not_applicable, 0, 0, {}, {}});
    } else {
      report.checks.push_back(run_check(report.file, check, request));
    }
    after_each(report.checks.back());
  }
  const auto any = [&](Verdict verdict) {
    return std::ranges::find(report.checks, verdict, &CheckReport::verdict) != report.checks.end();
  };
  if (any(Verdict::undecided)) report.verdict = Verdict::undecided;
  if (any(Verdict::failed)) report.verdict = Verdict::failed;
}

}  // namespace tilework::plugin_check

#include "tools/plugin_check/report.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "client/common/text.h"

namespace tilework::plugin_check {
namespace {

using cli::printable;
using Json = nlohmann::ordered_json;

bool has(const std::vector<FileReport>& reports, Verdict verdict) {
  return std::ranges::find(reports, verdict, &FileReport::verdict) != reports.end();
}

const char* column_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good  ";
    case Verdict::not_applicable:
      return "-     ";
    case Verdict::undecided:
      return "LATE  ";
    default:
      return "FAILED";
  }
}

std::string cases_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " case" : " cases");
}

Json to_json(const std::vector<conformance::Finding>& findings) {
  Json list = Json::array();
  for (const auto& finding : findings) {
    list.push_back({{"filters", finding.where.filters},
                    {"image", finding.where.image},
                    {"format", finding.where.format},
                    {"tile", finding.where.tile},
                    {"seed", finding.where.seed},
                    {"what", finding.what}});
  }
  return list;
}

std::string line_of(const conformance::Finding& finding) {
  const std::string where = to_text(finding.where);
  return "          " + printable(where.empty() ? finding.what : where + ": " + finding.what) + "\n";
}

}  // namespace

const char* to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::failed:
      return "failed";
    case Verdict::undecided:
      return "undecided";
    case Verdict::refused:
      return "refused";
    case Verdict::unreadable:
      return "unreadable";
    case Verdict::not_applicable:
      return "not applicable";
  }
  return "";
}

std::string head_text(const FileReport& report) {
  std::string text = report.file + ": ";
  if (!report.reason.empty()) return printable(text + to_text(report.verdict) + ": " + report.reason) + "\n";
  for (const auto& filter : report.filters) {
    if (&filter != &report.filters.front()) text += ", ";
    text += filter.name + " " + filter.version;
  }
  return printable(text) + "\n";
}

std::string check_text(const CheckReport& check) {
  std::string text = std::string("  ") + column_of(check.verdict) + "  " + check.name;
  if (check.verdict == Verdict::not_applicable) return text + " (no global filter)\n";
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.1f s", check.seconds);
  text += " (" + cases_text(static_cast<std::size_t>(check.cases)) + ", ";
  if (!check.overdue.empty()) text += std::to_string(check.overdue.size()) + " of them overdue, ";
  text += std::string(time.data()) + ")\n";
  for (const auto& finding : check.findings) text += line_of(finding);
  for (const auto& finding : check.overdue) text += line_of(finding);
  return text;
}

std::string end_text(const FileReport& report) {
  if (!report.reason.empty()) return {};
  const auto failed = std::ranges::count(report.checks, Verdict::failed, &CheckReport::verdict);
  std::string text = report.file + ": good\n";
  if (failed > 0) {
    text = report.file + ": failed " + std::to_string(failed) + " of " +
           std::to_string(report.checks.size()) + " checks\n";
  }
  std::size_t overdue = 0;
  for (const auto& check : report.checks) overdue += check.overdue.size();
  if (overdue == 0) return text;
  if (failed == 0) text = report.file + ": undecided\n";
  return text + "  " + cases_text(overdue) +
         " took too long, and not with the default in place of larger values: a parameter's range lets a "
         "filter\n"
         "  take longer than a case may. Choose the part of it that cases are drawn from, with --max\n"
         "  FILTER:PARAMETER=VALUE (also --min and --set), or give each case more time with --seconds N.\n";
}

std::string json_text(const std::vector<FileReport>& reports) {
  Json all = Json::array();
  for (const auto& report : reports) {
    Json file{{"file", report.file}, {"verdict", to_text(report.verdict)}, {"reason", report.reason}};
    file["filters"] = Json::array();
    for (const auto& filter : report.filters) {
      file["filters"].push_back(
          {{"name", filter.name}, {"version", filter.version}, {"kind", to_text(filter.kind)}});
    }
    file["checks"] = Json::array();
    for (const auto& check : report.checks) {
      file["checks"].push_back({{"name", check.name},
                                {"verdict", to_text(check.verdict)},
                                {"cases", check.cases},
                                {"seconds", check.seconds},
                                {"findings", to_json(check.findings)},
                                {"overdue", to_json(check.overdue)}});
    }
    all.push_back(std::move(file));
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int exit_code(const std::vector<FileReport>& reports) {
  if (has(reports, Verdict::refused) || has(reports, Verdict::failed)) return 4;
  if (has(reports, Verdict::unreadable)) return 2;
  return has(reports, Verdict::undecided) ? 3 : 0;
}

}  // namespace tilework::plugin_check

#include "tools/plugin_check/report.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "tools/common/text.h"

namespace tilework::plugin_check {
namespace {

using cli::printable;

bool has(const std::vector<FileReport>& reports, Verdict verdict) {
  return std::ranges::find(reports, verdict, &FileReport::verdict) != reports.end();
}

}  // namespace

const char* to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::failed:
      return "failed";
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
  const char* verdict = check.verdict == Verdict::good             ? "good  "
                        : check.verdict == Verdict::not_applicable ? "-     "
                                                                   : "FAILED";
  std::string text = std::string("  ") + verdict + "  " + check.name;
  if (check.verdict == Verdict::not_applicable) return text + " (no global filter)\n";
  std::array<char, 64> effort{};
  std::snprintf(effort.data(), effort.size(), " (%d %s, %.1f s)\n", check.cases,
                check.cases == 1 ? "case" : "cases", check.seconds);
  text += effort.data();
  for (const auto& finding : check.findings) {
    const std::string where = to_text(finding.where);
    text += "          " + printable(where.empty() ? finding.what : where + ": " + finding.what) + "\n";
  }
  return text;
}

std::string end_text(const FileReport& report) {
  if (!report.reason.empty()) return {};
  const auto failed = std::ranges::count(report.checks, Verdict::failed, &CheckReport::verdict);
  if (failed == 0) return report.file + ": good\n";
  return report.file + ": failed " + std::to_string(failed) + " of " + std::to_string(report.checks.size()) +
         " checks\n";
}

std::string json_text(const std::vector<FileReport>& reports) {
  using Json = nlohmann::ordered_json;
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
      Json findings = Json::array();
      for (const auto& finding : check.findings) {
        findings.push_back({{"filters", finding.where.filters},
                            {"image", finding.where.image},
                            {"format", finding.where.format},
                            {"tile", finding.where.tile},
                            {"seed", finding.where.seed},
                            {"what", finding.what}});
      }
      file["checks"].push_back({{"name", check.name},
                                {"verdict", to_text(check.verdict)},
                                {"cases", check.cases},
                                {"seconds", check.seconds},
                                {"findings", std::move(findings)}});
    }
    all.push_back(std::move(file));
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int exit_code(const std::vector<FileReport>& reports) {
  if (has(reports, Verdict::refused) || has(reports, Verdict::failed)) return 4;
  return has(reports, Verdict::unreadable) ? 2 : 0;
}

}  // namespace tilework::plugin_check

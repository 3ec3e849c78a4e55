#include "tools/cli/apply_report.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <nlohmann/json.hpp>

#include "client/common/findings_text.h"
#include "client/common/text.h"

namespace tilework::cli {
namespace {

using nlohmann::json;

double seconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

std::string start_text(std::chrono::microseconds start) {
  return start.count() > 0 ? "cluster start " + duration_text(start) : "";
}

// Of pixels that went over a network.
std::string wire_text(const JobResult& result) {
  const double pixels = static_cast<double>(result.width) * result.height;
  char text[64];
  std::snprintf(text, sizeof text, "%.1f bytes/pixel on the wire",
                static_cast<double>(result.wire_bytes) / pixels);
  return text;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

const char* word(Fault fault) {
  switch (fault) {
    case Fault::user:
      return "user";
    case Fault::unreachable:
      return "unreachable";
    case Fault::cancelled:
      return "cancelled";
    case Fault::denied:
      return "denied";
    case Fault::failed:
    case Fault::machine:
      break;
  }
  return "failed";
}

}  // namespace

std::string move_line(const client::MasterMove& move) {
  return "tilework: the master at " + move.from + " was lost (" + move.why + "); going on with " +
         (move.to == move.from ? "it, as it is back" : move.to);
}

std::string success_line(const ImageReport& report, std::chrono::microseconds start) {
  const auto& [result, masters, upload, run, download, lost] = *report.outcome;
  std::string text = shown_output(report.task.output) + ": " + std::to_string(result.width) + "x" +
                     std::to_string(result.height) + " pixels, " + bytes_text(result.bytes) + ", in " +
                     duration_text(start + lost + upload + run + download) + " (";
  if (start.count() > 0) text += start_text(start) + ", ";
  text += "upload " + duration_text(upload) + ", run " + duration_text(run) + ", download " +
          duration_text(download);
  if (masters.size() > 1) text += ", lost " + duration_text(lost);
  text += ")";
  if (report.detects) text += ", " + printable(findings_summary(result.findings));
  if (masters.size() > 1) text += ", masters: " + join(masters);
  if (result.wire_bytes > 0) text += ", " + wire_text(result);
  if (result.retried > 0) text += ", " + std::to_string(result.retried) + " segments were tried again";
  return text;
}

std::string error_line(const ImageReport& report) {
  const std::string what = report.error->what();
  const std::string name = shown_name(report.task.name);
  const bool named = what.find(name) != std::string::npos;
  return "tilework: " + (named ? "" : name + ": ") + what;
}

std::string summary_line(const std::vector<ImageReport>& reports, std::chrono::microseconds time,
                         std::chrono::microseconds start) {
  const auto all = std::ssize(reports);
  const auto done = std::ranges::count_if(reports, [](const auto& r) { return r.outcome.has_value(); });
  const auto cancelled = std::ranges::count_if(
      reports, [](const auto& r) { return r.error && r.error->fault() == Fault::cancelled; });
  std::string text = done == all ? "" : std::to_string(done) + " of ";
  text += std::to_string(all) + " images in " + duration_text(start + time);
  if (start.count() > 0) text += " (" + start_text(start) + ")";
  if (done + cancelled < all) text += "; " + std::to_string(all - done - cancelled) + " failed";
  if (cancelled > 0) text += "; " + std::to_string(cancelled) + " cancelled";
  return text;
}

json to_json(const ImageReport& report, std::chrono::microseconds start) {
  json to{{"input", report.task.name}, {"output", nullptr}, {"status", "done"}, {"error", nullptr}};
  if (!report.outcome) {
    to["status"] = report.error->fault() == Fault::cancelled ? "cancelled" : "failed";
    to["error"] = {{"fault", word(report.error->fault())}, {"text", report.error->what()}};
    return to;
  }
  const auto& [result, masters, upload, run, download, lost] = *report.outcome;
  json filters = json::array();
  for (const auto& filter : result.filters) {
    filters.push_back({{"name", filter.name}, {"version", filter.version}, {"digest", filter.digest}});
  }
  to["output"] = report.task.output.string();
  to.update({{"bytes", result.bytes},
             {"width", result.width},
             {"height", result.height},
             {"notes", result.notes},
             {"findings", result.findings.size()},
             {"segments", result.segments},
             {"retried", result.retried},
             {"wire_bytes", result.wire_bytes},
             {"filters", std::move(filters)},
             {"masters", masters},
             {"seconds",
              {{"start", seconds(start)},
               {"upload", seconds(upload)},
               {"run", seconds(run)},
               {"download", seconds(download)},
               {"lost", seconds(lost)}}}});
  return to;
}

}  // namespace tilework::cli

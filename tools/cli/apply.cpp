#include <algorithm>
#include <functional>
#include <future>
#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/document/preset.h"
#include "tools/cli/apply_report.h"
#include "tools/cli/commands.h"
#include "tools/cli/filters_text.h"
#include "tools/cli/outputs.h"
#include "tools/cli/progress_display.h"
#include "tools/cli/tile_size.h"
#include "tools/common/findings_text.h"

namespace tilework::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Outcome = std::future<client::JobOutcome>;

constexpr auto redraw_interval = std::chrono::milliseconds(100);

std::chrono::microseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
}

struct ParsedRecipe {
  Recipe calls;
  bool detects = false;  // a detector is among them
};

ParsedRecipe parse_recipe(client::Session& session, const std::vector<std::string>& texts) {
  std::vector<FilterDescription> filters;
  const FilterList offered = session.filters().get();
  for (auto& listed : listed(offered.plugins)) filters.push_back(std::move(listed.filter));
  ParsedRecipe recipe;
  for (const auto& text : texts) {
    recipe.calls.push_back(parse_call(filters, text, offered.withdrawn));
    recipe.detects |= std::ranges::any_of(filters, [&](const FilterDescription& filter) {
      return filter.name == recipe.calls.back().filter && filter.kind == FilterKind::detector;
    });
  }
  return recipe;
}

// Says a loss once, whatever the number of jobs that it moves. On the session's thread.
class Moves {
 public:
  Moves(ProgressDisplay& display, bool quiet) : display_(display), quiet_(quiet) {}

  void tell(const client::MasterMove& move) {
    if (move.number > told_ && !quiet_) display_.announce(move_line(move));
    told_ = std::max(told_, move.number);
  }

 private:
  ProgressDisplay& display_;
  bool quiet_;
  std::uint64_t told_ = 0;
};

client::JobObserver observe(ProgressDisplay& display, Moves& moves, std::size_t job) {
  return {
      .uploaded = [&display, job](auto bytes,
                                  auto total) { display.update(job, Phase::uploading, bytes, total); },
      .progressed =
          [&display, job](const JobProgress& progress) {
            const Phase phase = progress.state == JobState::queued    ? Phase::queued
                                : progress.state == JobState::waiting ? Phase::no_worker
                                                                      : Phase::running;
            display.update(job, phase, progress.segments_done, progress.segments_total);
          },
      .downloaded = [&display, job](auto bytes,
                                    auto total) { display.update(job, Phase::downloading, bytes, total); },
      .lost = [&display, job] { display.update(job, Phase::no_master, 0, 0); },
      .moved = [&moves](const client::MasterMove& move) { moves.tell(move); }};
}

std::vector<Outcome> start(client::Session& session, const OutputPlan& plan, const Recipe& recipe,
                           const ApplyOptions& options, ProgressDisplay& display, Moves& moves) {
  const auto tile = options.tile.empty() ? TileSize{} : parse_tile(options.tile);
  std::vector<Outcome> outcomes;
  for (const auto& task : plan.tasks) {
    client::JobSpec spec;
    spec.input = task.input;
    spec.output = task.output;
    spec.name = task.name;
    spec.recipe = recipe;
    spec.format = task.format;
    spec.jpeg_quality = options.jpeg_quality;
    spec.chroma = options.chroma;
    spec.tile_width = tile.width;
    spec.tile_height = tile.height;
    outcomes.push_back(session.apply(std::move(spec), observe(display, moves, outcomes.size())));
  }
  return outcomes;
}

void tell(const ImageReport& report, ProgressDisplay& display, bool quiet, std::chrono::microseconds start) {
  if (report.error) {
    if (report.error->fault() != Fault::cancelled) display.say(error_line(report));
    return;
  }
  if (quiet) return;
  display.say(success_line(report, start));
  for (const auto& note : report.outcome->result.notes)
    display.say("note: " + report.task.name + ": " + note);
}

// Collects the images' ends as they come, and shows what happens meanwhile.
std::vector<ImageReport> wait_for_all(const OutputPlan& plan, bool detects, std::vector<Outcome> outcomes,
                                      ProgressDisplay& display, const std::stop_token& stop,
                                      const std::function<void(const ImageReport&)>& ended) {
  std::vector<ImageReport> reports;
  for (const auto& task : plan.tasks) reports.push_back({task, {}, {}, detects});
  std::size_t first = 0;  // that hasn't ended
  while (first < outcomes.size()) {
    outcomes[first].wait_for(redraw_interval);
    for (std::size_t i = first; i < outcomes.size(); ++i) {
      if (!outcomes[i].valid() || outcomes[i].wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        continue;
      try {
        reports[i].outcome = outcomes[i].get();
      } catch (const Error& error) {
        // Who didn't ask for the end hears of it as of any other failure: an administrator cancelled the job.
        const bool by_others = error.fault() == Fault::cancelled && !stop.stop_requested();
        reports[i].error = by_others ? Error(Fault::failed, error.what()) : error;
      }
      display.finish(i);
      ended(reports[i]);
    }
    while (first < outcomes.size() && !outcomes[first].valid()) ++first;
    display.draw();
  }
  return reports;
}

void print_json(const std::vector<ImageReport>& reports, std::chrono::microseconds start) {
  auto document = nlohmann::json::array();
  for (const auto& report : reports) document.push_back(to_json(report, start));
  std::cout << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

// Of the images that were done.
void write_findings(const std::string& file, const std::vector<ImageReport>& reports) {
  std::vector<ImageFindings> images;
  for (const auto& report : reports) {
    if (report.outcome) images.push_back({report.task.name, &report.outcome->result.findings});
  }
  if (!images.empty()) client::write_file(file, findings_text(file, images));
}

}  // namespace

ExitCode apply(const CommonOptions& common, const ApplyOptions& options, const std::stop_token& stop) {
  if (!options.tile.empty()) parse_tile(options.tile);
  if (!options.findings.empty()) check_findings_file(options.findings);
  const auto plan = plan_outputs(options.images, options.output);
  // Both outlive the session that tells them.
  ProgressDisplay display(options.images, !common.quiet);
  Moves moves(display, common.quiet);
  Cluster cluster(common, stop);
  const auto recipe = parse_recipe(cluster.session(), options.filters);
  if (!options.findings.empty() && !recipe.detects) {
    throw UserError(
        "--findings is for recipes with a detector, such as find-spots; none of these filters is one");
  }
  make_folder(plan);

  const auto begin = Clock::now();
  const auto start_time = cluster.start_time();
  const bool several = plan.tasks.size() > 1;
  const auto reports = wait_for_all(
      plan, recipe.detects, start(cluster.session(), plan, recipe.calls, options, display, moves), display,
      stop, [&](const ImageReport& report) {
        tell(report, display, common.quiet, several ? std::chrono::microseconds(0) : start_time);
      });
  if (several && !common.quiet) display.say(summary_line(reports, since(begin), start_time));
  if (!options.findings.empty()) write_findings(options.findings, reports);
  if (common.json) print_json(reports, start_time);

  std::vector<Fault> faults;
  for (const auto& report : reports) {
    if (report.error) faults.push_back(report.error->fault());
  }
  const auto code = exit_code(faults);
  if (code == interrupted) display.say("tilework: interrupted");
  return code;
}

}  // namespace tilework::cli

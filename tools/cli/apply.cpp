#include <algorithm>
#include <cstdio>
#include <functional>
#include <future>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/common/findings_text.h"
#include "client/common/text.h"
#include "schema/model/storing.h"
#include "tools/cli/apply_report.h"
#include "tools/cli/commands.h"
#include "tools/cli/filters_text.h"
#include "tools/cli/findings_file.h"
#include "tools/cli/outputs.h"
#include "tools/cli/progress_display.h"
#include "tools/cli/standard_input.h"
#include "tools/cli/stream_output.h"
#include "tools/cli/tile_size.h"

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

// What standard input and a stream for the output need besides the plan.
struct Pipes {
  std::optional<StandardInput> input;
  std::optional<StreamOutput> output;  // of the only task
};

void connect(client::JobSpec& spec, const Pipes& pipes) {
  if (spec.input == "-") spec.input = pipes.input->path();
  if (!pipes.output) return;
  spec.output_file = pipes.output->file().descriptor();
  spec.output = "a temporary file in " + pipes.output->file().folder();
}

std::vector<Outcome> start(client::Session& session, const OutputPlan& plan, const Pipes& pipes,
                           const Recipe& recipe, const ApplyOptions& options, ProgressDisplay& display,
                           Moves& moves) {
  const auto tile = options.tile.empty() ? TileSize{} : parse_tile(options.tile);
  std::vector<Outcome> outcomes;
  for (const auto& task : plan.tasks) {
    client::JobSpec spec;
    spec.input = task.input;
    spec.output = task.output;
    spec.name = shown_name(task.name);
    connect(spec, pipes);
    spec.recipe = recipe;
    spec.format = task.format;
    spec.jpeg_quality = options.jpeg_quality;
    spec.chroma = options.chroma;
    spec.compression = options.compression;
    spec.lossless = options.lossless;
    spec.may_expand = options.allow_expansion;
    spec.tile_width = tile.width;
    spec.tile_height = tile.height;
    outcomes.push_back(session.apply(std::move(spec), observe(display, moves, outcomes.size())));
  }
  return outcomes;
}

// Of a cluster without workers: says so after a while, once each time, and gives up where that is wanted.
class WorkerPatience {
 public:
  WorkerPatience(std::optional<double> limit, bool quiet) : limit_(limit), quiet_(quiet) {}

  // Throws tilework::Error at the limit.
  void look(ProgressDisplay& display) {
    constexpr double told_after = 3;
    const double waited = display.without_worker().count();
    if (waited == 0) told_ = false;
    if (limit_ && waited > 0 && waited >= *limit_) {
      char seconds[32];
      std::snprintf(seconds, sizeof seconds, "%g", *limit_);
      throw Error(Fault::unreachable,
                  std::string("no worker is connected to the master that can work, and none has come in ") +
                      seconds + " s (--wait-for-workers)");
    }
    if (waited < told_after || told_) return;
    told_ = true;
    if (!quiet_) {
      display.say(
          "no worker is connected to the master that can work: it waits for one (tilework-server worker "
          "--master ...)");
    }
  }

 private:
  std::optional<double> limit_;
  bool quiet_;
  bool told_ = false;
};

void tell(const ImageReport& report, ProgressDisplay& display, bool quiet, std::chrono::microseconds start) {
  if (report.error) {
    if (report.error->fault() != Fault::cancelled) display.say(error_line(report));
    return;
  }
  if (quiet) return;
  display.say(success_line(report, start));
  for (const auto& note : report.outcome->result.notes)
    display.say("note: " + shown_name(report.task.name) + ": " + note);
}

// Collects the images' ends as they come, and shows what happens meanwhile.
std::vector<ImageReport> wait_for_all(const OutputPlan& plan, bool detects, std::vector<Outcome> outcomes,
                                      ProgressDisplay& display, WorkerPatience patience,
                                      const std::stop_token& stop,
                                      const std::function<void(ImageReport&)>& ended) {
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
    patience.look(display);
  }
  return reports;
}

void print_json(const std::vector<ImageReport>& reports, std::chrono::microseconds start) {
  auto document = nlohmann::json::array();
  for (const auto& report : reports) document.push_back(to_json(report, start));
  std::cout << json_text(document);
}

// Of the images that were done.
void write_findings(FindingsFile& file, const std::vector<ImageReport>& reports) {
  std::vector<ImageFindings> images;
  for (const auto& report : reports) {
    if (report.outcome) images.push_back({report.task.name, &report.outcome->result.findings});
  }
  if (!images.empty()) file.write(images);
}

void check_standard_output(const CommonOptions& common, const ApplyOptions& options) {
  const int takers =
      (options.output == "-" ? 1 : 0) + (options.findings == "-" ? 1 : 0) + (common.json ? 1 : 0);
  if (takers > 1) {
    throw UserError(
        "standard output takes one thing: the image (-o -), the findings (--findings -), or --json");
  }
}

void check_recipe(const ParsedRecipe& recipe, const ApplyOptions& options) {
  if (options.findings.empty() || recipe.detects) return;
  throw UserError(
      "--findings is for recipes with a detector, such as find-spots; none of these filters is one");
}

// Into the stream that the result is for. One that can't flow there has failed.
void deliver(ImageReport& report, const Pipes& pipes, const std::stop_token& stop) {
  if (!pipes.output || !report.outcome) return;
  try {
    pipes.output->deliver(stop);
  } catch (const Error& error) {
    report.outcome.reset();
    report.error = error;
  }
}

std::vector<std::string> shown_names(const std::vector<std::string>& images) {
  std::vector<std::string> names;
  for (const auto& image : images) names.push_back(shown_name(image));
  return names;
}

// All that can be checked without a cluster; the pipes are open then.
OutputPlan plan(const CommonOptions& common, const ApplyOptions& options, const std::stop_token& stop,
                Pipes& pipes) {
  if (!options.tile.empty()) parse_tile(options.tile);
  check_standard_output(common, options);
  OutputWish wish{options.output, options.format};
  if (std::ranges::find(options.images, "-") != options.images.end()) {
    wish.piped = pipes.input.emplace(stop).format();
  }
  auto plan = plan_outputs(options.images, wish);
  for (const auto& task : plan.tasks) check_storing(task.format, options.compression, options.lossless);
  if (plan.tasks.front().streams) pipes.output.emplace(options.output);
  return plan;
}

ExitCode end_of(const std::vector<ImageReport>& reports) {
  std::vector<Fault> faults;
  for (const auto& report : reports) {
    if (report.error) faults.push_back(report.error->fault());
  }
  return exit_code(faults);
}

}  // namespace

ExitCode apply(const CommonOptions& common, const ApplyOptions& options, const std::stop_token& stop) {
  Pipes pipes;
  const auto plan = cli::plan(common, options, stop, pipes);
  std::optional<FindingsFile> findings;
  if (!options.findings.empty()) findings.emplace(options.findings);
  // Both outlive the session that tells them.
  ProgressDisplay display(shown_names(options.images), !common.quiet);
  Moves moves(display, common.quiet);
  Cluster cluster(common, stop);
  const auto recipe = parse_recipe(cluster.session(), options.filters);
  check_recipe(recipe, options);
  if (pipes.input) pipes.input->read_rest();
  make_folder(plan);

  const auto begin = Clock::now();
  const auto start_time = cluster.start_time();
  const bool several = plan.tasks.size() > 1;
  auto outcomes = start(cluster.session(), plan, pipes, recipe.calls, options, display, moves);
  const auto reports =
      wait_for_all(plan, recipe.detects, std::move(outcomes), display,
                   WorkerPatience(options.worker_seconds, common.quiet), stop, [&](ImageReport& report) {
                     deliver(report, pipes, stop);
                     tell(report, display, common.quiet, several ? std::chrono::microseconds(0) : start_time);
                   });
  if (several && !common.quiet) display.say(summary_line(reports, since(begin), start_time));
  if (findings) write_findings(*findings, reports);
  if (common.json) print_json(reports, start_time);
  const auto code = end_of(reports);
  if (code == interrupted) display.say("tilework: interrupted");
  return code;
}

}  // namespace tilework::cli

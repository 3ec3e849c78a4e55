#include "server/master/job.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"

namespace tilework::master {
namespace {

// The largest segment or tile: what a message, a worker and a filter host have to hold several times.
constexpr std::int64_t segment_limit = 64 << 20;  // bytes

// What is worth giving the codecs' memory back for, in pixels.
constexpr std::int64_t large_image = 50'000'000;

// How long a plugin may take to join stats, those that wait before it included, before its host is ended.
constexpr auto merge_limit = 120 * kj::SECONDS;

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

// The libraries of a recipe's calls, for a host's request.
void write_paths(capnp::List<capnp::Text>::Builder to, const BoundRecipe& recipe) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, recipe.plugins[i]->path.string());
}

constexpr auto planning_limit = 20 * kj::SECONDS;

// Fails with `error` or, where that says that the host was late or is gone, with `what` and how it ended. The
// lease stays with its owner.
kj::Promise<void> end_host(host::HostLease& lease, kj::Exception&& error, kj::Duration limit,
                           std::string what) {
  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
  if (!late && error.getType() != kj::Exception::Type::DISCONNECTED) {
    kj::throwFatalException(kj::mv(error));
  }
  return lease.process().end().then([late, limit, what = std::move(what)](std::string&& how) {
    if (late) how = "it took longer than " + std::to_string(limit / kj::SECONDS) + " s";
    kj::throwFatalException(transport::to_kj(Error(Fault::failed, what + ": " + how)));
  });
}

// The stats of a global filter, joined in a filter host: merging is the plugin's code. A failure ends the
// host.
struct Merging {
  host::HostLease lease;
  rpc::Chain::Client chain;
};

}  // namespace

// A source and a sink end on the threads that made them. Those may be in the middle of a long read or write,
// and are waited for elsewhere.
Job::~Job() {
  pass_ = nullptr;
  const auto ignore = [](kj::Exception&&) {};
  decoder_->run([source = std::move(opened_.source)]() mutable { source.reset(); }).detach(ignore);
  encoder_->run([sink = std::move(sink_), file = std::move(file_)]() mutable { sink.reset(); })
      .detach(ignore);
  const bool is_large = engine::area(stage_.plan.image) > large_image;
  std::thread([decoder = std::move(decoder_), encoder = std::move(encoder_), is_large]() mutable {
    decoder.reset();
    encoder.reset();
    // The codecs' rows came in many small pieces, which the allocator would keep.
    if (is_large) ::malloc_trim(0);
  }).detach();
}

kj::Promise<JobOutcome> Job::run() {
  started_ = environment_.timer.now();
  progress_.state = rpc::JobState::RUNNING;
  advanced_();
  return open()
      .then([this](Opened&& opened) {
        opened_ = std::move(opened);
        return make_plan(opened_.info);
      })
      .then([this] { return open_sink(); })
      .then([this] { return run_passes(0); })
      .then([this] { return finish(); });
}

kj::Promise<Job::Opened> Job::open() {
  return decoder_->run(
      [image = spec_.image, name = spec_.image_name, limits = environment_.options.limits.image] {
        auto source = std::make_shared<imageio::Source>(path_of(*image), name, limits);
        return Opened{source, source->info(), source->metadata()};
      });
}

kj::Promise<void> Job::make_plan(const imageio::Info& info) {
  return environment_.hosts.acquire(host::versions_of(spec_.recipe.calls))
      .then([this, &info](host::HostLease lease) {
        auto held = kj::heap<host::HostLease>(std::move(lease));
        auto& host = *held;
        auto request = host.process().client().describeRequest();
        wire::write_list(request.initCalls(static_cast<unsigned>(spec_.recipe.calls.size())),
                         spec_.recipe.calls);
        write_paths(request.initPaths(static_cast<unsigned>(spec_.recipe.calls.size())), spec_.recipe);
        wire::write(request.initInput(), info.format);
        return environment_.timer.timeoutAfter(planning_limit, request.send())
            .then(
                [this, &info, &host](auto&& answer) -> kj::Promise<void> {
                  host.give_back();
                  auto steps = wire::read(answer.getSteps());
                  const cv::Size tile =
                      spec_.tile.width > 0 ? spec_.tile : engine::default_tile(info.size, steps);
                  stage_.plan = engine::make_plan(info.size, info.format, std::move(steps), tile);
                  stage_.calls = spec_.recipe.calls;
                  transport::method([this] { check_plan(); });
                  return kj::READY_NOW;
                },
                [this, &host](kj::Exception&& error) {
                  return end_host(host, kj::mv(error), planning_limit,
                                  wire::names_of(spec_.recipe.calls) + " failed while the job was planned");
                })
            .attach(kj::mv(held));
      });
}

void Job::check_plan() const {
  const auto& plan = stage_.plan;
  const engine::TileGrid grid(plan.image, plan.tile);
  const cv::Rect middle =
      grid.tile(std::int64_t{grid.rows() / 2} * grid.columns() + grid.columns() / 2);  // cut on all sides
  std::int64_t most = engine::area(middle.size()) * plan.output.bytes();
  for (const auto& pass : plan.passes) {
    for (const auto& region : engine::regions(plan, pass, middle)) {
      most = std::max(most, engine::area(region.size()) * plan.input.bytes());
    }
  }
  if (most > segment_limit) {
    throw UserError("a tile of " + std::to_string(plan.tile.width) + "x" + std::to_string(plan.tile.height) +
                    " makes segments larger than 64 MiB with this recipe; choose a smaller one with --tile");
  }
}

kj::Promise<void> Job::open_sink() {
  progress_.total =
      static_cast<std::uint64_t>(engine::TileGrid(stage_.plan.image, stage_.plan.tile).count()) *
      stage_.plan.passes.size();
  advanced_();
  return transport::method([this] {
    file_ = std::make_shared<kj::AutoCloseFd>(transport::temporary_file(environment_.options.spool));
    return encoder_
        ->run([file = file_, size = stage_.plan.image, format = stage_.plan.output,
               metadata = opened_.metadata, output = spec_.output] {
          return std::make_shared<imageio::Sink>(*file, size, format, metadata, output);
        })
        .then([this](std::shared_ptr<imageio::Sink>&& sink) { sink_ = std::move(sink); });
  });
}

kj::Promise<void> Job::run_passes(std::size_t index) {
  if (index == stage_.plan.passes.size()) return kj::READY_NOW;
  return rewind(index).then([this, index] { return run_pass(index); }).then([this, index] {
    totals_.retried += pass_->totals().retried;
    totals_.wire_bytes += pass_->totals().wire_bytes;
    pass_ = nullptr;
    return run_passes(index + 1);
  });
}

// The first pass goes on with the source that was opened for its size; later ones read the file again.
kj::Promise<void> Job::rewind(std::size_t index) {
  if (index == 0) return kj::READY_NOW;
  auto closed = decoder_->run([source = std::move(opened_.source)]() mutable { source.reset(); });
  return closed.then([this] { return open(); }).then([this](Opened&& opened) {
    opened_.source = std::move(opened.source);
  });
}

kj::Promise<void> Job::run_pass(std::size_t index) {
  stage_.pass = index;
  if (stage_.plan.passes[index].analyses) return analyse();
  auto pixels = [this](std::vector<cv::Mat> tiles) {
    return encoder_->run([sink = sink_, tiles = std::move(tiles)] { sink->write(tiles); });
  };
  return start_pass({pixels, {}});
}

kj::Promise<void> Job::analyse() {
  return environment_.hosts.acquire(host::versions_of(spec_.recipe.calls))
      .then([this](host::HostLease lease) {
        auto open = lease.process().client().openRequest();
        wire::write(open.initStage(), stage_);
        write_paths(open.initPaths(static_cast<unsigned>(spec_.recipe.calls.size())), spec_.recipe);
        auto merging = kj::heap<Merging>(Merging{std::move(lease), open.send().getChain()});
        auto& state = *merging;
        auto merge = [this, &state](capnp::Data::Reader stats) {
          auto request = state.chain.mergeRequest();
          request.setStats(stats);
          return environment_.timer.timeoutAfter(merge_limit, request.send()).ignoreResult();
        };
        return start_pass({{}, merge})
            .then([this, &state] {
              return environment_.timer.timeoutAfter(merge_limit, state.chain.finishRequest().send());
            })
            .then([this, &state](auto&& answer) {
              stage_.stats.push_back(wire::bytes(answer.getStats()));
              state.lease.give_back();
            })
            .catch_([this, &state](kj::Exception&& error) {
              const auto& filter = spec_.recipe.calls[stage_.plan.passes[stage_.pass].applied];
              return end_host(state.lease, kj::mv(error), merge_limit,
                              wire::names_of({&filter, 1}) + " failed while its stats were merged");
            })
            .attach(kj::mv(merging));
      });
}

kj::Promise<void> Job::start_pass(Pass::Output output) {
  std::vector<std::string> filters;
  for (const auto& call : spec_.recipe.calls) filters.push_back(call.filter + "@" + call.digest);
  pass_ = kj::heap<Pass>(
      environment_.dispatcher, environment_.bands, *decoder_,
      [source = opened_.source](cv::Mat& rows) { source->read(rows); }, stage_, filters, spec_.client,
      environment_.options.bytes_in_flight, std::move(output),
      [this] {
        ++progress_.done;
        advanced_();
      });
  return pass_->run();
}

kj::Promise<JobOutcome> Job::finish() {
  return encoder_
      ->run([sink = sink_] {
        sink->finish();
        return sink->notes();
      })
      .then([this](std::vector<std::string>&& notes) {
        struct stat info {};
        ::fstat(*file_, &info);
        JobOutcome outcome;
        outcome.file = std::move(file_);
        outcome.bytes = static_cast<std::uint64_t>(info.st_size);
        outcome.size = stage_.plan.image;
        outcome.notes = opened_.info.notes;
        outcome.notes.insert(outcome.notes.end(), notes.begin(), notes.end());
        outcome.run_time = environment_.timer.now() - started_;
        outcome.segments = progress_.total;
        outcome.totals = totals_;
        for (std::size_t i = 0; i < spec_.recipe.calls.size(); ++i) {
          const auto& filter = spec_.recipe.description(i);
          outcome.filters.push_back({filter.name, filter.version, spec_.recipe.calls[i].digest});
        }
        return outcome;
      });
}

}  // namespace tilework::master

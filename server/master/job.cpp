#include "server/master/job.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "server/master/planning.h"

namespace tilework::master {
namespace {

// What is worth giving the codecs' memory back for, in pixels.
constexpr std::int64_t large_image = 50'000'000;

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

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
  return describe_steps(planning(), spec_.recipe, info.format)
      .then([this, &info](std::vector<engine::Step>&& steps) {
        const cv::Size tile = spec_.tile.width > 0 ? spec_.tile : engine::default_tile(info.size, steps);
        stage_.plan = engine::make_plan(info.size, info.format, std::move(steps), tile);
        stage_.calls = spec_.recipe.calls;
        transport::method([this] { check_segments(stage_.plan); });
      });
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
  auto run = [this](Pass::Output output) { return start_pass(std::move(output)); };
  return merged_stats(planning(), spec_.recipe, stage_, run).then([this](std::vector<std::byte>&& stats) {
    stage_.stats.push_back(std::move(stats));
  });
}

kj::Promise<void> Job::start_pass(Pass::Output output) {
  pass_ = kj::heap<Pass>(
      environment_.dispatcher, environment_.bands, *decoder_,
      [source = opened_.source](cv::Mat& rows) { source->read(rows); }, stage_, scheduled_names(spec_.recipe),
      spec_.client, environment_.options.bytes_in_flight, std::move(output),
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

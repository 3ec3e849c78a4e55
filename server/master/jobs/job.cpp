#include "server/master/jobs/job.h"

#include <algorithm>
#include <utility>

#include <malloc.h>

#include "schema/transport/errors.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

// What is worth giving the codecs' memory back for, in pixels.
constexpr std::int64_t large_image = 50'000'000;

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

bool has_detector(const BoundRecipe& recipe) {
  for (std::size_t i = 0; i < recipe.calls.size(); ++i) {
    if (recipe.description(i).kind == FilterKind::detector) return true;
  }
  return false;
}

}  // namespace

Job::Job(JobEnvironment environment, JobSpec spec, std::function<kj::Promise<void>()> grow,
         std::function<void()> advanced, ResultPicture::Take show)
    : environment_(environment),
      spec_(std::move(spec)),
      grow_(std::move(grow)),
      advanced_(std::move(advanced)),
      show_(std::move(show)) {
  if (spec_.image_bytes <= small_file) {
    threads_shared_ = true;
    decoder_ = encoder_ = environment_.codecs.next();
  } else {
    decoder_ = environment_.codecs.own();
    encoder_ = environment_.codecs.own();
  }
}

// A source and a sink end on the threads that made them. Those may be in the middle of a long read or write,
// and are waited for elsewhere.
Job::~Job() {
  pass_ = nullptr;
  *wanted_ = false;
  const auto ignore = [](kj::Exception&&) {};
  decoder_->run([source = std::move(opened_.source)]() mutable { source.reset(); }).detach(ignore);
  if (encoding_ != nullptr) {
    encoder_->run([encoding = std::move(encoding_)]() mutable { encoding.reset(); }).detach(ignore);
  }
  if (threads_shared_) return;
  const bool is_large = engine::area(stage_.plan.image) > large_image;
  transport::run_apart([decoder = std::move(decoder_), encoder = std::move(encoder_), is_large]() mutable {
    decoder.reset();
    encoder.reset();
    // The codecs' rows came in many small pieces, which the allocator would keep.
    if (is_large) ::malloc_trim(0);
  });
}

kj::Promise<JobOutcome> Job::run() {
  begin();
  return open()
      .then([this](Opened&& opened) { return wait_if_large(std::move(opened)); })
      .then([this](Opened&& opened) {
        opened_ = std::move(opened);
        return take_memory();
      })
      .then([this] { return make_plan(opened_.info); })
      .then([this] { return prepare_output(); })
      .then([this] { return run_passes(0); })
      .then([this] { return finish(); });
}

void Job::begin() {
  started_ = environment_.timer.now();
  progress_.state = rpc::JobState::RUNNING;
  advanced_();
}

kj::Promise<Job::Opened> Job::open() {
  return decoder_->run([image = spec_.image, name = spec_.image_name, limits = spec_.image_limits] {
    auto source = std::make_shared<imageio::Source>(path_of(*image), name, limits);
    return Opened{source, source->info(), source->metadata(), source->storage()};
  });
}

// A small file may hold a large image, which must not hold up others. Nothing of it is open while it waits.
kj::Promise<Job::Opened> Job::wait_if_large(Opened opened) {
  if (!threads_shared_ || engine::area(opened.info.size) <= engine::small_image) return kj::mv(opened);
  auto closed = decoder_->run([source = std::move(opened.source)]() mutable { source.reset(); });
  progress_.state = rpc::JobState::QUEUED;
  return closed.then([this] { return grow_(); }).then([this] {
    begin();
    return open_on_own_threads();
  });
}

kj::Promise<Job::Opened> Job::open_on_own_threads() {
  threads_shared_ = false;
  decoder_ = environment_.codecs.own();
  encoder_ = environment_.codecs.own();
  return open();
}

// The decoder takes it with the first row.
kj::Promise<void> Job::take_memory() {
  return environment_.decoding_memory.take(spec_.client, opened_.info.held_bytes)
      .then([this](DecodingMemory::Held&& memory) { decoding_memory_ = std::move(memory); });
}

kj::Promise<void> Job::make_plan(const imageio::Info& info) {
  return describe_steps(environment_.planning(), spec_.recipe, info.format)
      .then([this, &info](std::vector<engine::Step>&& steps) {
        const cv::Size tile = spec_.tile.width > 0 ? spec_.tile : engine::default_tile(info.size, steps);
        stage_.plan = engine::make_plan(info.size, info.format, std::move(steps), tile);
        stage_.calls = spec_.recipe.calls;
        stage_.detects = has_detector(spec_.recipe);
        stage_.job = spec_.id;
        stage_.tenant = tenant();
        transport::method([this] { check_segments(stage_.plan); });
      });
}

// Hosts serve no others. That would cost small images too much: one client's share theirs. Numbers of clients
// are the master's own.
std::string Job::tenant() const {
  const std::string client = std::to_string(spec_.client);
  return is_small() ? "client:" + client : "job:" + client + ":" + spec_.id;
}

bool Job::is_small() const {
  return engine::area(stage_.plan.image) <= engine::small_image;
}

kj::Promise<void> Job::prepare_output() {
  const auto& plan = stage_.plan;
  progress_.total =
      static_cast<std::uint64_t>(engine::TileGrid(plan.image, plan.tile).count()) * plan.passes.size();
  advanced_();
  return transport::method([&]() -> kj::Promise<void> {
    const auto pixel_bytes = engine::area(plan.image) * plan.output.bytes();
    encoding_ = std::make_shared<Encoding>(
        Encoding{environment_.spool.take("the result", static_cast<std::uint64_t>(pixel_bytes)), plan.image,
                 plan.output, opened_.metadata, spec_.output, opened_.storage});
    // Of a small image, all is written at once.
    if (threads_shared_) return kj::READY_NOW;
    return encoder_->run([encoding = encoding_] { encoding->open(); });
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
    return encoder_->run([encoding = encoding_, wanted = wanted_, tiles = std::move(tiles)] {
      if (*wanted) encoding->write(tiles);
    });
  };
  std::function<void(engine::FindingList)> findings;
  if (stage_.detects) findings = [this](engine::FindingList found) { found_.add(std::move(found)); };
  Pass::Output output{.pixels = pixels, .findings = findings};
  if (spec_.picture_side > 0) {
    output.shown = [picture = ResultPicture(stage_.plan.image, stage_.plan.tile, spec_.picture_side, show_)](
                       cv::Rect tile, const cv::Mat& seen) { picture.add(tile, seen); };
  }
  return start_pass(std::move(output));
}

kj::Promise<void> Job::analyse() {
  auto run = [this](Pass::Output output) { return start_pass(std::move(output)); };
  return merged_stats(environment_.planning(), spec_.recipe, stage_, run)
      .then([this](std::vector<std::byte>&& stats) {
        transport::method([&] {
          stats_memory_.push_back(environment_.stats_memory.take(spec_.client, stage_.stats, stats.size()));
        });
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

JobOutcome Job::finish() {
  JobOutcome outcome;
  outcome.file = encoding_->file;
  outcome.bytes = encoding_->bytes;
  outcome.size = stage_.plan.image;
  outcome.notes = opened_.info.notes;
  outcome.notes.insert(outcome.notes.end(), encoding_->notes.begin(), encoding_->notes.end());
  if (found_.total() > engine::most_findings) {
    outcome.notes.push_back("only the first " + std::to_string(engine::most_findings) + " of " +
                            std::to_string(found_.total()) + " findings are listed");
  }
  outcome.findings = found_.take();
  outcome.run_time = environment_.timer.now() - started_;
  outcome.segments = progress_.total;
  outcome.totals = totals_;
  encoding_ = nullptr;
  for (std::size_t i = 0; i < spec_.recipe.calls.size(); ++i) {
    const auto& filter = spec_.recipe.description(i);
    outcome.filters.push_back({filter.name, filter.version, spec_.recipe.calls[i].digest});
  }
  return outcome;
}

}  // namespace tilework::master

#include "server/master/jobs/job.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "schema/transport/errors.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

bool has_detector(const BoundRecipe& recipe) {
  for (std::size_t i = 0; i < recipe.calls.size(); ++i) {
    if (recipe.description(i).kind == FilterKind::detector) return true;
  }
  return false;
}

}  // namespace

// The hosts of what a small image's client sends later see the memory of its results, too: nobody else ever
// does.
class Job::Source final : public BandSource {
 public:
  Source(codec::HostedImage& image, bool host_stays) : image_(image), host_stays_(host_stays) {}

  host::SlabPool& bands() override { return image_.bands(); }
  host::SlabArena& tiles() override { return image_.tiles(); }
  kj::Promise<void> read(const host::SlabPixels& band, int, int known) override {
    return image_.read(band, known);
  }
  void ended(PassResults results) override {
    if (host_stays_) return;
    image_.when_gone([results = std::make_shared<PassResults>(std::move(results))] { results->forget(); });
  }

 private:
  codec::HostedImage& image_;
  bool host_stays_;
};

Job::Job(JobEnvironment environment, JobSpec spec, std::function<kj::Promise<void>()> grow,
         std::function<void()> advanced, ResultPicture::Take show)
    : environment_(environment),
      spec_(std::move(spec)),
      grow_(std::move(grow)),
      advanced_(std::move(advanced)),
      show_(std::move(show)),
      is_small_(spec_.image_bytes <= small_file) {}

Job::~Job() = default;

kj::Promise<JobOutcome> Job::run() {
  begin();
  return open()
      .then([this] { return wait_if_large(); })
      .then([this] { return take_memory(); })
      .then([this] { return make_plan(); })
      .then([this] { return prepare_output(); })
      .then([this] { return run_passes(0); })
      .then([this] { return complete(); })
      .then([this] { return outcome(); });
}

void Job::begin() {
  started_ = environment_.timer.now();
  progress_.state = rpc::JobState::RUNNING;
  advanced_();
}

kj::Promise<void> Job::open() {
  const auto stay = is_small_ ? host::Stay::for_more : host::Stay::for_this_work;
  auto make_file = [&spool = environment_.spool](std::uint64_t bytes) {
    return spool.take("a temporary file", bytes);
  };
  return codec::HostedImage::open({.hosts = environment_.codecs,
                                   .timer = environment_.timer,
                                   .group = environment_.codecs.group({tenant(), {}}, stay),
                                   .file = spec_.image,
                                   .name = spec_.image_name,
                                   .limits = spec_.image_limits,
                                   .in_background = !is_small_,
                                   .make_file = make_file})
      .then([this](kj::Own<codec::HostedImage>&& image) {
        image_ = kj::mv(image);
        source_ = kj::heap<Source>(*image_, is_small_);
      });
}

// A small file may hold a large image, which must not hold up others. Nothing of it is open while it waits.
kj::Promise<void> Job::wait_if_large() {
  if (!is_small_ || engine::area(image_->info().size) <= engine::small_image) return kj::READY_NOW;
  source_ = nullptr;
  std::exchange(image_, nullptr)->give_back();
  is_small_ = false;
  progress_.state = rpc::JobState::QUEUED;
  return grow_().then([this] {
    begin();
    return open();
  });
}

// The decoder takes it with the first row.
kj::Promise<void> Job::take_memory() {
  return environment_.decoding_memory.take(spec_.client, image_->info().held_bytes)
      .then([this](DecodingMemory::Held&& memory) { decoding_memory_ = std::move(memory); });
}

kj::Promise<void> Job::make_plan() {
  const imageio::Info& info = image_->info();
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
  return is_small_ ? "client:" + client : "job:" + client + ":" + spec_.id;
}

// What the settings don't allow is told before others' time is taken, if that can be much.
kj::Promise<void> Job::prepare_output() {
  const auto& plan = stage_.plan;
  progress_.total =
      static_cast<std::uint64_t>(engine::TileGrid(plan.image, plan.tile).count()) * plan.passes.size();
  advanced_();
  created_ = create().fork();
  return is_small_ ? kj::Promise<void>(kj::READY_NOW) : created_.addBranch();
}

kj::Promise<void> Job::create() {
  return transport::method([&] {
    const auto& plan = stage_.plan;
    const auto pixel_bytes = static_cast<std::uint64_t>(engine::area(plan.image) * plan.output.bytes());
    result_ = environment_.spool.take("the result", pixel_bytes);
    return image_->create(*result_, plan.image, plan.output, spec_.output);
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

// The first pass goes on with the image that was opened for its size; later ones read it again.
kj::Promise<void> Job::rewind(std::size_t index) {
  if (index == 0) return kj::READY_NOW;
  return image_->rewind();
}

kj::Promise<void> Job::run_pass(std::size_t index) {
  stage_.pass = index;
  if (stage_.plan.passes[index].analyses) return analyse();
  std::function<void(engine::FindingList)> findings;
  if (stage_.detects) findings = [this](engine::FindingList found) { found_.add(std::move(found)); };
  Pass::Output output{.pixels = [this](const auto& tiles) { return write(tiles); }, .findings = findings};
  if (spec_.picture_side > 0) {
    output.shown = [this, picture = ResultPicture(stage_.plan.image, stage_.plan.tile, spec_.picture_side,
                                                  show_)](cv::Rect tile, const host::SlabPixels& seen) {
      image_->share(*seen.slab).detach([](kj::Exception&&) {});
      picture.add(tile, seen.mapped());
    };
  }
  return start_pass(std::move(output));
}

kj::Promise<void> Job::write(const std::vector<host::SlabPixels>& tiles) {
  return created_.addBranch().then([this, tiles] { return image_->write(tiles); });
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
  pass_ = kj::heap<Pass>(environment_.dispatcher, *source_, stage_, scheduled_names(spec_.recipe),
                         spec_.client, environment_.options.bytes_in_flight, std::move(output), [this] {
                           ++progress_.done;
                           advanced_();
                         });
  return pass_->run();
}

kj::Promise<void> Job::complete() {
  return image_->finish().then([this](std::vector<std::string>&& notes) { notes_ = std::move(notes); });
}

JobOutcome Job::outcome() {
  JobOutcome outcome;
  struct stat file {};
  ::fstat(*result_, &file);
  outcome.bytes = static_cast<std::uint64_t>(file.st_size);
  outcome.file = std::move(result_);
  outcome.size = stage_.plan.image;
  outcome.notes = image_->info().notes;
  outcome.notes.insert(outcome.notes.end(), notes_.begin(), notes_.end());
  if (found_.total() > engine::most_findings) {
    outcome.notes.push_back("only the first " + std::to_string(engine::most_findings) + " of " +
                            std::to_string(found_.total()) + " findings are listed");
  }
  outcome.findings = found_.take();
  outcome.run_time = environment_.timer.now() - started_;
  outcome.segments = progress_.total;
  outcome.totals = totals_;
  source_ = nullptr;
  if (is_small_) image_->give_back();
  image_ = nullptr;
  for (std::size_t i = 0; i < spec_.recipe.calls.size(); ++i) {
    const auto& filter = spec_.recipe.description(i);
    outcome.filters.push_back({filter.name, filter.version, spec_.recipe.calls[i].digest});
  }
  return outcome;
}

}  // namespace tilework::master

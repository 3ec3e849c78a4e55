// A job: one image through one recipe, from the uploaded file to the encoded result. On the event loop's
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/io.h>
#include <kj/timer.h>

#include "schema/master.capnp.h"
#include "schema/model/job.h"
#include "server/codec_host/hosted_image.h"
#include "server/host/host_pool.h"
#include "server/master/dispatch/dispatcher.h"
#include "server/master/jobs/decoding_memory.h"
#include "server/master/jobs/pass.h"
#include "server/master/jobs/planning.h"
#include "server/master/jobs/result_picture.h"
#include "server/master/jobs/spool.h"
#include "server/master/jobs/stats_memory.h"
#include "server/master/jobs/steps_cache.h"
#include "server/master/options.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

// Files up to here may hold small images (engine::small_image), which others can wait for: such an image of 8
// bits without compression, or one of a tenth of a megapixel in any format.
inline constexpr std::uint64_t small_file = 2 << 20;  // bytes

// What a job needs of its master. All of it outlives the jobs.
struct JobEnvironment {
  const MasterOptions& options;
  Dispatcher& dispatcher;
  host::HostPool& hosts;   // for plans and stats
  host::HostPool& codecs;  // codec hosts, for images
  host::SlabPool& views;   // for what is seen of images
  kj::Timer& timer;
  Spool& spool;
  StepsCache& steps;
  DecodingMemory& decoding_memory;
  StatsMemory& stats_memory;

  Planning planning() const { return {hosts, timer, steps}; }
};

struct JobSpec {
  std::string id;
  std::uint64_t client = 0;  // its session, for sharing the workers fairly
  std::string client_name;
  std::string client_log;  // how the log names it
  std::string image_name;  // what the user calls it
  std::shared_ptr<kj::AutoCloseFd> image;
  std::uint64_t image_bytes = 0;  // of the file
  imageio::Limits image_limits;
  BoundRecipe recipe;
  imageio::OutputSettings output;
  cv::Size tile;         // 0x0: chosen here
  int picture_side = 0;  // of what is shown of the result, as in rpc::JobRequest
};

struct JobOutcome {
  std::shared_ptr<kj::AutoCloseFd> file;
  std::uint64_t bytes = 0;
  cv::Size size;
  std::vector<std::string> notes;
  kj::Duration run_time = 0 * kj::NANOSECONDS;
  std::uint64_t segments = 0;
  PassTotals totals;
  std::vector<UsedFilter> filters;
  std::vector<Finding> findings;
};

struct JobProgress {
  rpc::JobState state = rpc::JobState::QUEUED;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

class Job {
 public:
  // `grow` is called when a small file turns out to hold a large image, and answers when such a job may go
  // on. `show` gets the picture of the result while it runs.
  Job(JobEnvironment environment, JobSpec spec, std::function<kj::Promise<void>()> grow,
      std::function<void()> advanced, ResultPicture::Take show);
  ~Job();
  KJ_DISALLOW_COPY(Job);

  // Does the work. Fails with tilework::Error in KJ's clothes. Dropping the promise ends the work. Called
  // once.
  kj::Promise<JobOutcome> run();

  const JobProgress& progress() const { return progress_; }

 private:
  class Source;

  kj::Promise<void> open();
  kj::Promise<void> wait_if_large();
  kj::Promise<void> take_memory();
  void begin();
  kj::Promise<void> make_plan();
  std::string tenant() const;
  kj::Promise<void> prepare_output();
  kj::Promise<void> create();
  kj::Promise<void> run_passes(std::size_t index);
  kj::Promise<void> rewind(std::size_t index);
  kj::Promise<void> run_pass(std::size_t index);
  kj::Promise<void> write(const std::vector<host::SlabPixels>& tiles);
  kj::Promise<void> analyse();
  kj::Promise<void> start_pass(Pass::Output output);
  kj::Promise<void> complete();
  JobOutcome outcome();

  JobEnvironment environment_;
  JobSpec spec_;
  std::function<kj::Promise<void>()> grow_;
  std::function<void()> advanced_;
  ResultPicture::Take show_;
  JobProgress progress_;
  kj::TimePoint started_ = kj::origin<kj::TimePoint>();
  PassTotals totals_;
  engine::FindingList found_;

  bool is_small_;  // as far as is known
  kj::Own<codec::HostedImage> image_;
  kj::Own<Source> source_;                       // the image as a pass reads it
  DecodingMemory::Held decoding_memory_;         // for as long as the image may be read
  std::vector<StatsMemory::Held> stats_memory_;  // for those of the stage
  wire::Stage stage_;
  std::shared_ptr<kj::AutoCloseFd> result_;
  kj::ForkedPromise<void> created_ = nullptr;
  std::vector<std::string> notes_;  // of the result
  kj::Own<Pass> pass_;
};

}  // namespace tilework::master

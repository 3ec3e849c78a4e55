// A job: one image through one recipe, from the uploaded file to the encoded result. On the event loop's
// thread.
#pragma once

#include <atomic>
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
#include "schema/transport/work_threads.h"
#include "server/host/host_pool.h"
#include "server/imageio/sink.h"
#include "server/imageio/source.h"
#include "server/master/dispatch/dispatcher.h"
#include "server/master/jobs/codec_threads.h"
#include "server/master/jobs/decoding_memory.h"
#include "server/master/jobs/encoding.h"
#include "server/master/jobs/pass.h"
#include "server/master/jobs/planning.h"
#include "server/master/jobs/result_picture.h"
#include "server/master/jobs/spool.h"
#include "server/master/jobs/stats_memory.h"
#include "server/master/jobs/steps_cache.h"
#include "server/master/options.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

// What a job needs of its master. All of it outlives the jobs.
struct JobEnvironment {
  const MasterOptions& options;
  Dispatcher& dispatcher;
  host::HostPool& hosts;  // for plans and stats
  host::SlabPool& bands;  // for what is decoded
  kj::Timer& timer;
  Spool& spool;
  CodecThreads& codecs;
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
  struct Opened {
    std::shared_ptr<imageio::Source> source;
    imageio::Info info;
    imageio::Metadata metadata;
    imageio::Storage storage;
  };

  kj::Promise<Opened> open();
  kj::Promise<Opened> wait_if_large(Opened opened);
  kj::Promise<Opened> open_on_own_threads();
  kj::Promise<void> take_memory();
  void begin();
  kj::Promise<void> make_plan(const imageio::Info& info);
  std::string tenant() const;
  bool is_small() const;
  kj::Promise<void> prepare_output();
  kj::Promise<void> run_passes(std::size_t index);
  kj::Promise<void> rewind(std::size_t index);
  kj::Promise<void> run_pass(std::size_t index);
  kj::Promise<void> analyse();
  kj::Promise<void> start_pass(Pass::Output output);
  JobOutcome finish();

  JobEnvironment environment_;
  JobSpec spec_;
  std::function<kj::Promise<void>()> grow_;
  std::function<void()> advanced_;
  ResultPicture::Take show_;
  JobProgress progress_;
  kj::TimePoint started_ = kj::origin<kj::TimePoint>();
  PassTotals totals_;
  engine::FindingList found_;

  Opened opened_;
  DecodingMemory::Held decoding_memory_;         // for as long as the source may be read
  std::vector<StatsMemory::Held> stats_memory_;  // for those of the stage
  wire::Stage stage_;
  std::shared_ptr<Encoding> encoding_;
  // Rows that wait for the encoder are dropped with the job: they may be seconds of work.
  std::shared_ptr<std::atomic<bool>> wanted_ = std::make_shared<std::atomic<bool>>(true);
  // Of the job's own, unless it is small.
  bool threads_shared_ = false;
  std::shared_ptr<transport::WorkThreads> decoder_, encoder_;
  kj::Own<Pass> pass_;
};

}  // namespace tilework::master

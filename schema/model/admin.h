// What administrators see of a master. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/model/client.h"
#include "schema/model/job.h"
#include "schema/model/recipe.h"

namespace tilework {

struct MasterOverview {
  std::string version;
  std::uint64_t epoch = 0;  // of this start of the master
  std::chrono::seconds up_time{0};
  std::string address;        // that it listens on
  std::string plugin_folder;  // on its machine
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;  // of all workers
  std::uint32_t busy_slots = 0;
  std::uint32_t clients = 0;
  std::uint32_t jobs_running = 0;
  std::uint32_t jobs_waiting = 0;
  std::uint32_t filters = 0;
  std::string host;                    // its machine's name
  std::string spool;                   // folder for uploads and results
  std::uint64_t spool_free_bytes = 0;  // on its file system
  std::uint32_t descriptors = 0;       // that it has open
  std::uint32_t descriptor_limit = 0;
};

enum class WorkerState {
  ready,
  draining,  // and has segments left
  drained,
  silent,  // heartbeats are late; it is given up soon
  aside,   // its machine can't do the work at present
};

struct WorkerDetails : WorkerSummary {
  std::uint64_t id = 0;  // unique while the master runs
  std::string address;   // the other end of its connection
  WorkerState state = WorkerState::ready;
  std::chrono::milliseconds heartbeat_age{0};
  double cpu_percent = 0;  // of one core, between the last two heartbeats
  std::chrono::seconds joined_age{0};
  std::string last_error;  // of a segment; empty: none
  std::chrono::seconds last_error_age{0};
  std::vector<std::string>
      distrusted;            // filters that it gets no more of, for it has failed for them too often
  std::string aside_reason;  // what its machine lacks, where it is set aside
  std::chrono::seconds aside_time{0};  // until it is tried again
};

// A worker that isn't connected any more.
struct DepartedWorker {
  enum class End {
    stopped,  // it was asked to, and said so
    crashed,  // likewise
    killed,   // its connection was closed without a word
    silent,   // it was given up: frozen, or cut off
  };
  std::string name;
  std::string host;
  std::string address;  // the other end of its connection
  End end = End::killed;
  std::string reason;           // for a person
  std::chrono::seconds age{0};  // since it left
  std::uint64_t segments_done = 0;
  std::uint64_t failures = 0;
};

// As it is shown and logged.
inline const char* word(DepartedWorker::End end) {
  switch (end) {
    case DepartedWorker::End::stopped:
      return "stopped";
    case DepartedWorker::End::crashed:
      return "crashed";
    case DepartedWorker::End::killed:
      return "killed";
    case DepartedWorker::End::silent:
      break;
  }
  return "silent";
}

struct WorkerList {
  std::vector<WorkerDetails> workers;
  std::vector<DepartedWorker> left;  // lately; the newest first
};

struct ClientDetails {
  std::uint64_t id = 0;  // unique while the master runs
  ClientInfo info;
  std::string address;                // the other end of its connection
  std::chrono::seconds connected{0};  // since it came
  std::chrono::milliseconds silence{0};
  std::uint32_t images = 0;  // that it has uploaded and not dropped
  std::uint64_t image_bytes = 0;
  std::uint32_t jobs = 0;      // not finished
  std::uint32_t previews = 0;  // images that are open for previews
};

enum class PluginState {
  current,    // new jobs get it
  replaced,   // jobs that began with it finish
  withdrawn,  // likewise, and its file is gone
};

struct PluginDetails {
  PluginDescription plugin;
  std::uint32_t workers = 0;  // that have it
  std::uint32_t jobs = 0;     // that use it, waiting or running
  PluginState state = PluginState::current;
  std::chrono::seconds age{0};  // since it was loaded
  bool has_earlier = false;     // there is a version to roll back to
};

struct RefusedPlugin {
  std::string file;
  std::string reason;  // for a person
};

struct PluginList {
  std::vector<PluginDetails> plugins;
  std::vector<RefusedPlugin> refused;
};

struct JobSummary {
  std::string id;
  std::string image;   // what its user calls it
  std::string client;  // who submitted it, as "ada@lab"
  std::uint64_t client_id = 0;
  std::string recipe;  // the filters' names, as "gaussian-blur, sharpen"
  JobState state = JobState::queued;
  std::uint64_t segments_done = 0;
  std::uint64_t segments_total = 0;       // 0 until it is known
  std::chrono::milliseconds age{0};       // since it was submitted
  std::chrono::milliseconds run_time{0};  // since it began, to its end
  std::string reason;                     // why it failed or was cancelled
};

struct LogLine {
  std::uint64_t number = 0;  // counted from the master's start, from 1
  std::string text;
};

}  // namespace tilework

// What administrators see of a master. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

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
};

enum class WorkerState {
  ready,
  draining,  // and has segments left
  drained,
  silent,  // heartbeats are late; it is given up soon
};

struct WorkerDetails : WorkerSummary {
  std::uint64_t id = 0;  // unique while the master runs
  std::string address;   // the other end of its connection
  WorkerState state = WorkerState::ready;
  std::chrono::milliseconds heartbeat_age{0};
  double cpu_percent = 0;  // of one core, between the last two heartbeats
};

// One that isn't connected any more.
struct DepartedWorker {
  std::string name;
  std::string host;     // its machine's name
  std::string address;  // the other end of its connection
  enum class End {
    stopped,  // it was asked to, and said so
    crashed,  // likewise
    killed,   // its connection was closed without a word
    silent,   // it was given up: frozen, or cut off
  } end = End::killed;
  std::string reason;           // for a person
  std::chrono::seconds age{0};  // since it left
  std::uint64_t segments_done = 0;
  std::uint64_t failures = 0;
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
  std::string client;  // who submitted it
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

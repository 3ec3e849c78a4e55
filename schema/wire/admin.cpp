#include "schema/wire/admin.h"

#include "schema/model/error.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "schema/wire/worker.h"

namespace tilework::wire {
namespace {

template <class Duration>
std::uint64_t count(Duration time) {
  return static_cast<std::uint64_t>(time.count());
}

template <class Duration>
Duration duration(std::uint64_t count) {
  return Duration(static_cast<typename Duration::rep>(count));
}

double seconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) * 1e-3;
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1e3 + 0.5));
}

// The same enumeration on the other side. A newer peer may know more.
template <class To, class From>
To same(From from, From last) {
  if (from > last)
    throw UserError("a state of an unknown kind was received; are both programs of one version?");
  return static_cast<To>(from);
}

WorkerDetails read_one(rpc::WorkerEntry::Reader from) {
  WorkerDetails to;
  read_summary(from, to);
  to.id = from.getId();
  to.address = text(from.getAddress());
  to.state = same<WorkerState>(from.getState(), rpc::WorkerEntry::State::SILENT);
  to.heartbeat_age = duration<std::chrono::milliseconds>(from.getHeartbeatMilliseconds());
  to.cpu_percent = from.getCpuPercent();
  return to;
}

PluginDetails read_one(rpc::PluginEntry::Reader from) {
  PluginDetails to;
  to.plugin = read(from.getPlugin());
  to.workers = from.getWorkers();
  to.jobs = from.getJobs();
  to.state = same<PluginState>(from.getState(), rpc::PluginEntry::State::WITHDRAWN);
  to.age = duration<std::chrono::seconds>(from.getLoadedSeconds());
  to.has_earlier = from.getHasEarlier();
  return to;
}

RefusedPlugin read_one(rpc::RefusedFile::Reader from) {
  return {text(from.getFile()), text(from.getReason())};
}

JobSummary read_one(rpc::JobEntry::Reader from) {
  JobSummary to;
  to.id = text(from.getId());
  to.image = text(from.getImage());
  to.client = text(from.getClient());
  to.recipe = text(from.getRecipe());
  to.state = same<JobState>(from.getState(), rpc::JobState::CANCELLED);
  to.segments_done = from.getSegmentsDone();
  to.segments_total = from.getSegmentsTotal();
  to.age = milliseconds(from.getAgeSeconds());
  to.run_time = milliseconds(from.getRunSeconds());
  to.reason = text(from.getReason());
  return to;
}

LogLine read_one(rpc::LogLine::Reader from) {
  return {from.getNumber(), text(from.getText())};
}

template <class To, class From>
std::vector<To> read_all(From from) {
  std::vector<To> list;
  list.reserve(from.size());
  for (const auto element : from) list.push_back(read_one(element));
  return list;
}

}  // namespace

void write(rpc::Overview::Builder to, const MasterOverview& from) {
  to.setVersion(from.version);
  to.setEpoch(from.epoch);
  to.setUpSeconds(count(from.up_time));
  to.setAddress(from.address);
  to.setPluginFolder(from.plugin_folder);
  to.setWorkers(from.workers);
  to.setSlots(from.slots);
  to.setBusySlots(from.busy_slots);
  to.setClients(from.clients);
  to.setJobsRunning(from.jobs_running);
  to.setJobsWaiting(from.jobs_waiting);
  to.setFilters(from.filters);
}

MasterOverview read(rpc::Overview::Reader from) {
  MasterOverview to;
  to.version = text(from.getVersion());
  to.epoch = from.getEpoch();
  to.up_time = duration<std::chrono::seconds>(from.getUpSeconds());
  to.address = text(from.getAddress());
  to.plugin_folder = text(from.getPluginFolder());
  to.workers = from.getWorkers();
  to.slots = from.getSlots();
  to.busy_slots = from.getBusySlots();
  to.clients = from.getClients();
  to.jobs_running = from.getJobsRunning();
  to.jobs_waiting = from.getJobsWaiting();
  to.filters = from.getFilters();
  return to;
}

void write(rpc::WorkerEntry::Builder to, const WorkerDetails& from) {
  write_summary(to, from);
  to.setId(from.id);
  to.setAddress(from.address);
  to.setState(static_cast<rpc::WorkerEntry::State>(from.state));
  to.setHeartbeatMilliseconds(count(from.heartbeat_age));
  to.setCpuPercent(from.cpu_percent);
}

std::vector<WorkerDetails> read(capnp::List<rpc::WorkerEntry>::Reader from) {
  return read_all<WorkerDetails>(from);
}

void write(rpc::PluginEntry::Builder to, const PluginDetails& from) {
  write(to.initPlugin(), from.plugin);
  to.setWorkers(from.workers);
  to.setJobs(from.jobs);
  to.setState(static_cast<rpc::PluginEntry::State>(from.state));
  to.setLoadedSeconds(count(from.age));
  to.setHasEarlier(from.has_earlier);
}

void write(rpc::RefusedFile::Builder to, const RefusedPlugin& from) {
  to.setFile(from.file);
  to.setReason(from.reason);
}

PluginList read(rpc::Admin::PluginsResults::Reader from) {
  return {read_all<PluginDetails>(from.getPlugins()), read_all<RefusedPlugin>(from.getRefused())};
}

void write(rpc::JobEntry::Builder to, const JobSummary& from) {
  to.setId(from.id);
  to.setImage(from.image);
  to.setClient(from.client);
  to.setRecipe(from.recipe);
  to.setState(static_cast<rpc::JobState>(from.state));
  to.setSegmentsDone(from.segments_done);
  to.setSegmentsTotal(from.segments_total);
  to.setAgeSeconds(seconds(from.age));
  to.setRunSeconds(seconds(from.run_time));
  to.setReason(from.reason);
}

std::vector<JobSummary> read(capnp::List<rpc::JobEntry>::Reader from) {
  return read_all<JobSummary>(from);
}

void write(rpc::LogLine::Builder to, const LogLine& from) {
  to.setNumber(from.number);
  to.setText(from.text);
}

std::vector<LogLine> read(capnp::List<rpc::LogLine>::Reader from) {
  return read_all<LogLine>(from);
}

}  // namespace tilework::wire

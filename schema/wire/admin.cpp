#include "schema/wire/admin.h"

#include <algorithm>

#include "schema/model/error.h"
#include "schema/wire/client.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "schema/wire/worker.h"

namespace tilework::wire {
namespace {

template <class Duration>
std::uint64_t count(Duration time) {
  return static_cast<std::uint64_t>(time.count());
}

double seconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) * 1e-3;
}

// Of any number; what isn't one is 0.
std::chrono::milliseconds milliseconds(double seconds) {
  constexpr double most = 1e15;
  const double count = seconds * 1e3 + 0.5;
  return bounded<std::chrono::milliseconds>(count > 0 ? static_cast<std::uint64_t>(std::min(count, most))
                                                      : 0);
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
  to.state = same<WorkerState>(from.getState(), rpc::WorkerEntry::State::ASIDE);
  to.heartbeat_age = bounded<std::chrono::milliseconds>(from.getHeartbeatMilliseconds());
  to.cpu_percent = from.getCpuPercent();
  to.joined_age = bounded<std::chrono::seconds>(from.getJoinedSeconds());
  to.last_error = text(from.getLastError());
  to.last_error_age = bounded<std::chrono::seconds>(from.getLastErrorSeconds());
  for (const auto filter : from.getDistrusted()) to.distrusted.push_back(text(filter));
  to.aside_reason = text(from.getAsideReason());
  to.aside_time = bounded<std::chrono::seconds>(from.getAsideSeconds());
  return to;
}

DepartedWorker read_one(rpc::DepartedWorker::Reader from) {
  DepartedWorker to;
  to.name = text(from.getName());
  to.host = text(from.getHost());
  to.address = text(from.getAddress());
  to.end = same<DepartedWorker::End>(from.getHow(), rpc::DepartedWorker::How::SILENT);
  to.reason = text(from.getReason());
  to.age = bounded<std::chrono::seconds>(from.getLeftSeconds());
  to.segments_done = from.getSegmentsDone();
  to.failures = from.getFailures();
  return to;
}

ClientDetails read_one(rpc::ClientEntry::Reader from) {
  ClientDetails to;
  to.id = from.getId();
  to.info = read(from.getInfo());
  to.address = text(from.getAddress());
  to.connected = bounded<std::chrono::seconds>(from.getConnectedSeconds());
  to.silence = bounded<std::chrono::milliseconds>(from.getSilentMilliseconds());
  to.images = from.getImages();
  to.image_bytes = from.getImageBytes();
  to.jobs = from.getJobs();
  to.previews = from.getPreviews();
  return to;
}

PluginDetails read_one(rpc::PluginEntry::Reader from) {
  PluginDetails to;
  to.plugin = read(from.getPlugin());
  to.workers = from.getWorkers();
  to.jobs = from.getJobs();
  to.state = same<PluginState>(from.getState(), rpc::PluginEntry::State::WITHDRAWN);
  to.age = bounded<std::chrono::seconds>(from.getLoadedSeconds());
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
  to.client_id = from.getClientId();
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
  return {from.getNumber(), text(from.getText(), longest_text)};
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
  to.setHost(from.host);
  to.setSpool(from.spool);
  to.setSpoolFreeBytes(from.spool_free_bytes);
  to.setDescriptors(from.descriptors);
  to.setDescriptorLimit(from.descriptor_limit);
}

MasterOverview read(rpc::Overview::Reader from) {
  MasterOverview to;
  to.version = text(from.getVersion());
  to.epoch = from.getEpoch();
  to.up_time = bounded<std::chrono::seconds>(from.getUpSeconds());
  to.address = text(from.getAddress());
  to.plugin_folder = text(from.getPluginFolder());
  to.workers = from.getWorkers();
  to.slots = from.getSlots();
  to.busy_slots = from.getBusySlots();
  to.clients = from.getClients();
  to.jobs_running = from.getJobsRunning();
  to.jobs_waiting = from.getJobsWaiting();
  to.filters = from.getFilters();
  to.host = text(from.getHost());
  to.spool = text(from.getSpool());
  to.spool_free_bytes = from.getSpoolFreeBytes();
  to.descriptors = from.getDescriptors();
  to.descriptor_limit = from.getDescriptorLimit();
  return to;
}

void write(rpc::WorkerEntry::Builder to, const WorkerDetails& from) {
  write_summary(to, from);
  to.setId(from.id);
  to.setAddress(from.address);
  to.setState(static_cast<rpc::WorkerEntry::State>(from.state));
  to.setHeartbeatMilliseconds(count(from.heartbeat_age));
  to.setCpuPercent(from.cpu_percent);
  to.setJoinedSeconds(count(from.joined_age));
  to.setLastError(from.last_error);
  to.setLastErrorSeconds(count(from.last_error_age));
  auto distrusted = to.initDistrusted(static_cast<unsigned>(from.distrusted.size()));
  for (unsigned i = 0; i < distrusted.size(); ++i) distrusted.set(i, from.distrusted[i]);
  to.setAsideReason(from.aside_reason);
  to.setAsideSeconds(count(from.aside_time));
}

void write(rpc::DepartedWorker::Builder to, const DepartedWorker& from) {
  to.setName(from.name);
  to.setHost(from.host);
  to.setAddress(from.address);
  to.setHow(static_cast<rpc::DepartedWorker::How>(from.end));
  to.setReason(from.reason);
  to.setLeftSeconds(count(from.age));
  to.setSegmentsDone(from.segments_done);
  to.setFailures(from.failures);
}

WorkerList read(rpc::Admin::WorkersResults::Reader from) {
  return {read_all<WorkerDetails>(from.getWorkers()), read_all<DepartedWorker>(from.getLeft())};
}

void write(rpc::ClientEntry::Builder to, const ClientDetails& from) {
  to.setId(from.id);
  write(to.initInfo(), from.info);
  to.setAddress(from.address);
  to.setConnectedSeconds(count(from.connected));
  to.setSilentMilliseconds(count(from.silence));
  to.setImages(from.images);
  to.setImageBytes(from.image_bytes);
  to.setJobs(from.jobs);
  to.setPreviews(from.previews);
}

std::vector<ClientDetails> read(capnp::List<rpc::ClientEntry>::Reader from) {
  return read_all<ClientDetails>(from);
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
  to.setClientId(from.client_id);
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

#include "schema/wire/job.h"

#include "schema/model/error.h"
#include "schema/wire/finding.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "schema/wire/worker.h"

namespace tilework::wire {
namespace {

WorkerSummary read_worker(rpc::ClusterStatus::WorkerEntry::Reader from) {
  WorkerSummary to;
  read_summary(from, to);
  return to;
}

}  // namespace

FilterList read_filters(rpc::ClientSession::FiltersResults::Reader from) {
  FilterList to;
  to.plugins = read(from.getPlugins());
  for (const auto name : from.getWithdrawn()) to.withdrawn.push_back(text(name));
  to.revision = from.getRevision();
  return to;
}

JobProgress read(rpc::Progress::Reader from) {
  if (from.getState() > rpc::JobState::CANCELLED) {
    throw UserError("a job's state of an unknown kind was received");
  }
  return {static_cast<JobState>(from.getState()), from.getSegmentsDone(), from.getSegmentsTotal(),
          from.getWorkers()};
}

JobResult read(rpc::JobResult::Reader from) {
  JobResult to;
  to.bytes = from.getSize();
  to.width = from.getWidth();
  to.height = from.getHeight();
  for (const auto note : from.getNotes()) to.notes.push_back(text(note));
  to.run_time = bounded<std::chrono::microseconds>(from.getRunMicroseconds());
  to.segments = from.getSegments();
  to.retried = from.getRetried();
  to.wire_bytes = from.getWireBytes();
  for (const auto filter : from.getFilters()) {
    to.filters.push_back({text(filter.getName()), text(filter.getVersion()), text(filter.getDigest())});
  }
  to.findings = read(from.getFindings());
  return to;
}

void write(rpc::JobResult::UsedFilter::Builder to, const UsedFilter& from) {
  to.setName(from.name);
  to.setVersion(from.version);
  to.setDigest(from.digest);
}

ClusterStatus read(rpc::ClusterStatus::Reader from) {
  ClusterStatus to;
  to.master_version = text(from.getMaster().getVersion());
  for (const auto worker : from.getWorkers()) to.workers.push_back(read_worker(worker));
  return to;
}

}  // namespace tilework::wire

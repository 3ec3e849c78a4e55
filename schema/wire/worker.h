// What clients and administrators both see of a worker: their entries have it under the same names. Pure; any
// thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "schema/model/job.h"
#include "schema/wire/text.h"
#include "schema/worker.capnp.h"

namespace tilework::wire {

// A time that another machine tells, of which nothing can be believed: a hundred years at most, so that sums
// and other units of it are still numbers.
template <class Duration>
Duration bounded(std::uint64_t count) {
  constexpr Duration most = std::chrono::days(36'525);
  return count < static_cast<std::uint64_t>(most.count())
             ? Duration(static_cast<typename Duration::rep>(count))
             : most;
}

// What a worker says in its heartbeats.
inline void read_status(rpc::WorkerStatus::Reader from, WorkerSummary& to) {
  to.resident_bytes = from.getResidentBytes();
  to.cpu_time = bounded<std::chrono::microseconds>(from.getCpuMicroseconds());
  to.up_time = bounded<std::chrono::seconds>(from.getUpSeconds());
  to.free_disk_bytes = from.getFreeDiskBytes();
  to.descriptors = from.getDescriptors();
  to.descriptor_limit = from.getDescriptorLimit();
}

template <class Entry>
void read_summary(const Entry& from, WorkerSummary& to) {
  to.name = text(from.getInfo().getName(), longest_name);
  to.version = text(from.getInfo().getVersion(), longest_name);
  to.slots = from.getInfo().getSlots();
  to.host = text(from.getInfo().getHost(), longest_name);
  to.process = from.getInfo().getProcess();
  to.busy_slots = from.getBusySlots();
  to.segments_done = from.getSegmentsDone();
  to.failures = from.getFailures();
  to.sent_bytes = from.getSentBytes();
  to.received_bytes = from.getReceivedBytes();
  read_status(from.getStatus(), to);
}

template <class Entry>
void write_summary(Entry& to, const WorkerSummary& from) {
  auto info = to.initInfo();
  info.setName(from.name);
  info.setSlots(from.slots);
  info.setVersion(from.version);
  info.setHost(from.host);
  info.setProcess(from.process);
  auto status = to.initStatus();
  status.setResidentBytes(from.resident_bytes);
  status.setCpuMicroseconds(static_cast<std::uint64_t>(from.cpu_time.count()));
  status.setUpSeconds(static_cast<std::uint64_t>(from.up_time.count()));
  status.setFreeDiskBytes(from.free_disk_bytes);
  status.setDescriptors(from.descriptors);
  status.setDescriptorLimit(from.descriptor_limit);
  to.setBusySlots(from.busy_slots);
  to.setSegmentsDone(from.segments_done);
  to.setFailures(from.failures);
  to.setSentBytes(from.sent_bytes);
  to.setReceivedBytes(from.received_bytes);
}

}  // namespace tilework::wire

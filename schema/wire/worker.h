// What clients and administrators both see of a worker: their entries have it under the same names. Pure; any
// thread.
#pragma once

#include "schema/model/job.h"
#include "schema/wire/text.h"

namespace tilework::wire {

template <class Entry>
void read_summary(const Entry& from, WorkerSummary& to) {
  to.name = text(from.getInfo().getName());
  to.version = text(from.getInfo().getVersion());
  to.slots = from.getInfo().getSlots();
  to.busy_slots = from.getBusySlots();
  to.segments_done = from.getSegmentsDone();
  to.failures = from.getFailures();
  to.sent_bytes = from.getSentBytes();
  to.received_bytes = from.getReceivedBytes();
  to.resident_bytes = from.getStatus().getResidentBytes();
  to.cpu_time = std::chrono::microseconds(static_cast<std::int64_t>(from.getStatus().getCpuMicroseconds()));
}

template <class Entry>
void write_summary(Entry& to, const WorkerSummary& from) {
  auto info = to.initInfo();
  info.setName(from.name);
  info.setSlots(from.slots);
  info.setVersion(from.version);
  auto status = to.initStatus();
  status.setResidentBytes(from.resident_bytes);
  status.setCpuMicroseconds(static_cast<std::uint64_t>(from.cpu_time.count()));
  to.setBusySlots(from.busy_slots);
  to.setSegmentsDone(from.segments_done);
  to.setFailures(from.failures);
  to.setSentBytes(from.sent_bytes);
  to.setReceivedBytes(from.received_bytes);
}

}  // namespace tilework::wire

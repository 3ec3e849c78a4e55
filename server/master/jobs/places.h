// Where jobs wait until they may run, as engine::Admission decides. On the event loop's thread.
#pragma once

#include <cstdint>
#include <map>

#include <kj/async.h>
#include <kj/memory.h>

#include "server/engine/scheduler/admission.h"

namespace tilework::master {

class Places {
 public:
  // Of one job, which waits for it at first, and doesn't need it any more when this goes.
  class Place {
   public:
    Place(Places& places, std::uint64_t job) : places_(places), job_(job), taken_(places.wait(job)) {}
    ~Place() noexcept { places_.ended(job_); }
    KJ_DISALLOW_COPY(Place);

    // Answers when the job may run. Called once.
    kj::Promise<void> taken() { return kj::mv(taken_); }
    // A job that runs as a small one has turned out large. Answers when it may run again.
    kj::Promise<void> grow();

   private:
    Places& places_;
    const std::uint64_t job_;
    kj::Promise<void> taken_;
  };

  explicit Places(engine::AdmissionOptions options) : admission_(options) {}
  KJ_DISALLOW_COPY(Places);

  // The places outlive theirs.
  kj::Own<Place> ask(std::uint64_t client, engine::JobSize size);

 private:
  kj::Promise<void> wait(std::uint64_t job);
  void ended(std::uint64_t job);
  void admit();

  engine::Admission admission_;
  std::uint64_t last_job_ = 0;
  std::map<std::uint64_t, kj::Own<kj::PromiseFulfiller<void>>> waiting_;  // by job
};

}  // namespace tilework::master

#include "server/master/jobs/places.h"

namespace tilework::master {

kj::Own<Places::Place> Places::ask(std::uint64_t client, engine::JobSize size) {
  admission_.submitted(++last_job_, client, size);
  return kj::heap<Place>(*this, last_job_);
}

kj::Promise<void> Places::Place::grow() {
  places_.admission_.grew(job_);
  return places_.wait(job_);
}

kj::Promise<void> Places::wait(std::uint64_t job) {
  auto pair = kj::newPromiseAndFulfiller<void>();
  waiting_[job] = kj::mv(pair.fulfiller);
  admit();
  return kj::mv(pair.promise);
}

void Places::ended(std::uint64_t job) {
  waiting_.erase(job);
  admission_.ended(job);
  admit();
}

void Places::admit() {
  for (const auto job : admission_.admit()) waiting_.extract(job).mapped()->fulfill();
}

}  // namespace tilework::master

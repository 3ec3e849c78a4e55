#include "server/worker/departure.h"

#include <kj/encoding.h>

#include "server/worker/crash_report.h"

namespace tilework::worker {

void Departure::joined(const std::string& master, rpc::Membership::Client membership,
                       kj::ArrayPtr<const kj::byte> farewell_key) {
  joined_.insert_or_assign(master, Joined{kj::mv(membership), kj::encodeHex(farewell_key).cStr()});
  prepare_for_crash();
}

void Departure::lost(const std::string& master) {
  if (joined_.erase(master) > 0) prepare_for_crash();
}

void Departure::prepare_for_crash() const {
  std::string farewells;
  for (const auto& [master, joined] : joined_) farewells += master + " " + joined.key + "\n";
  prepare_farewells(farewells);
}

kj::Promise<void> Departure::leave(const std::string& how) {
  is_leaving_ = true;
  kj::Vector<kj::Promise<void>> told;
  for (auto& [master, joined] : joined_) {
    auto request = joined.membership.leaveRequest();
    request.setHow(how);
    told.add(request.send().ignoreResult().catch_([](kj::Exception&&) {}));  // then it isn't there any more
  }
  return kj::joinPromises(told.releaseAsArray());
}

}  // namespace tilework::worker

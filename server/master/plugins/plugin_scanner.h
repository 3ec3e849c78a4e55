// Asks filter hosts which filters a library exports: one of its own for each library, so that none speaks for
// another. On the event loop's thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kj/async.h>
#include <kj/timer.h>

#include "schema/model/recipe.h"
#include "server/host/host_pool.h"

namespace tilework::master {

// What a host said of a library, or why it is refused.
struct Scanned {
  std::vector<FilterDescription> filters;
  std::string refusal;  // empty when it isn't refused
};

class PluginScanner {
 public:
  // The provider and the timer outlive this object. `limit` is how long a library may take.
  PluginScanner(kj::LowLevelAsyncIoProvider& io, kj::Timer& timer, const host::HostProgram& filter_host,
                kj::Duration limit)
      : pool_(io, filter_host, {.leased = 3, .unused = 0}), timer_(timer), limit_(limit) {}

  // The library with that digest lies at `path`; `file` is its name for people. Several may be under way.
  // Doesn't fail: whatever a library does becomes its refusal.
  kj::Promise<Scanned> scan(const std::string& file, const std::string& path, const std::string& digest);

 private:
  using Answer = capnp::Response<rpc::FilterHost::ScanResults>;

  kj::Promise<Scanned> scan_in(host::HostLease& lease, const std::string& path, const std::string& digest);
  // What the host says, unless it still runs threads when it has answered: they may write anywhere.
  kj::Promise<Scanned> take(host::HostProcess& process, Answer&& answer);
  kj::Promise<bool> keeps_threads(host::HostProcess& process, unsigned looks);
  kj::Promise<Scanned> refused(host::HostProcess& process, const kj::Exception& error);

  host::HostPool pool_;
  std::uint64_t scans_ = 0;
  kj::Timer& timer_;
  kj::Duration limit_;
};

}  // namespace tilework::master

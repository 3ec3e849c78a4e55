// Asks filter hosts which filters a library exports. On the event loop's thread.
#pragma once

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
      : pool_(io, filter_host, 3), timer_(timer), limit_(limit) {}

  // Several may be under way. Doesn't fail: whatever a library does becomes its refusal.
  kj::Promise<Scanned> scan(const std::string& path, const std::string& digest);

  // Ends the hosts that scans have left. They are shared by libraries that are scanned one after another, as
  // at the start of a master, and used for nothing else.
  void rest() { pool_.retire({}); }

 private:
  struct Attempt {
    Scanned scanned;
    bool in_doubt = false;  // a library that was loaded before may be at fault
  };

  kj::Promise<Attempt> scan_in(host::HostLease& lease, const std::string& path, const std::string& digest);

  host::HostPool pool_;
  kj::Timer& timer_;
  kj::Duration limit_;
};

}  // namespace tilework::master

// Who may join as a worker: whoever reaches the local socket, for the master's own user alone does; from
// elsewhere, who shows the join secret. On the event loop's thread.
#pragma once

#include <filesystem>
#include <string>

#include <capnp/blob.h>
#include <kj/common.h>
#include <kj/timer.h>

#include "server/master/sessions/seldom.h"
#include "server/secret/secret_file.h"

namespace tilework::master {

class JoinGate {
 public:
  // The secret lies in the folder; see SecretFile. The timer outlives this object.
  JoinGate(const std::filesystem::path& folder, kj::Timer& timer);
  KJ_DISALLOW_COPY(JoinGate);

  // Throws Fault::denied, with what to do, where the caller may not join. `peer` is for the log. Whatever a
  // stranger shows is answered at once: no secret of 256 bits is guessed, however fast, and a guess that had
  // to wait would take memory beyond its connection.
  void admit(const std::string& peer, bool is_local, capnp::Text::Reader secret);

  const std::filesystem::path& file() const { return secret_.file(); }

 private:
  server::SecretFile secret_;
  Seldom seldom_;
};

}  // namespace tilework::master

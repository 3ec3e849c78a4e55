// What a server has of the system: its own process, and the hosts below it. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tilework::test {

struct ServerState {
  std::size_t descriptors = 0;  // of the server itself, but for slabs, which come and go with images
  std::size_t slabs = 0;        // that it has open
  std::size_t memory = 0;       // bytes that are its own (anonymous), as slabs are its hosts' too
  std::size_t peak = 0;         // bytes that were resident at most since forget_peak()
  std::size_t threads = 0;
  std::size_t hosts = 0;    // processes below it, at any depth
  std::size_t strange = 0;  // of these, those that are no hosts, or have ended and are waited for by nobody
  std::size_t cgroups = 0;  // that it has made
  std::size_t log = 0;      // bytes
};

// Of a server whose standard error goes to a file. A process that has ended has nothing.
ServerState state_of(pid_t server);

void forget_peak(pid_t server);

// Its hosts.
std::vector<pid_t> hosts_of(pid_t server);

// For messages.
std::string text_of(const ServerState& state);

}  // namespace tilework::test

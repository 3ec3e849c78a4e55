// Starts a host's program, with nothing of this process's but what it is handed. Any thread.
#pragma once

#include <memory>
#include <string>

#include <sys/types.h>

#include "server/host/isolation.h"
#include "server/host/output/said_budget.h"

namespace tilework::host {

// Where a host finds what it inherits.
inline constexpr int inherited_socket = 3;

// The second argument of a zygote, which a host doesn't have; the first is the memory that hosts may have.
inline constexpr const char* zygote_word = "zygote";

struct HostProgram {
  std::string path;
  HostLimits limits;
  // Of all hosts that are started with it, or a copy of it.
  std::shared_ptr<SaidBudget> said = std::make_shared<SaidBudget>();
};

// Throws tilework::Error that says so: "a filter host can't be <doing>".
[[noreturn]] void fail_to_start(const std::string& doing, int error);

// What a host gets; the descriptors stay the caller's.
struct Inherited {
  int socket;           // becomes inherited_socket
  int output;           // becomes its standard output and error
  std::string cgroups;  // HostCgroup::invitation(), or nothing
};

// Its environment is a few words. Throws tilework::Error when the system refuses.
pid_t spawn(const HostProgram& program, const Inherited& inherited);

// The same program, as a zygote (zygote_process.h); the socket becomes its inherited_socket.
pid_t spawn_zygote(const HostProgram& program, int socket);

}  // namespace tilework::host

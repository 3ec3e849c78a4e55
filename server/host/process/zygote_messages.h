// What a zygote and its parent tell each other, over a socket that keeps messages apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <kj/io.h>

#include "server/host/process/spawn.h"

namespace tilework::host {

// The number of the host's process, or an errno below 0; once, before all hosts, `zygote_is_ready`.
using ZygoteAnswer = std::int32_t;
inline constexpr ZygoteAnswer zygote_is_ready = 0;

// What a host is to inherit, in the zygote.
struct ReceivedInheritance {
  kj::AutoCloseFd socket;
  kj::AutoCloseFd output;
  std::string cgroups;
};

// False when that can't be sent; errno says why.
bool send(int zygote, const Inherited& inherited);
// Blocks. None when the parent has gone.
std::optional<ReceivedInheritance> receive_inheritance(int parent);

}  // namespace tilework::host

// Who uses a master. Pure values; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tilework {

struct ClientInfo {
  std::string program;
  std::string user;
  std::string host;  // the machine's name
  std::uint32_t process = 0;
};

// "ada@lab"; the program's name where the client says neither user nor machine.
inline std::string name_of(const ClientInfo& client) {
  if (client.user.empty() && client.host.empty()) return client.program;
  return client.user + "@" + client.host;
}

}  // namespace tilework

// What a process can say of its machine and of itself. A few system calls each; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tilework::transport {

// The machine's name, "unknown" if it has none.
std::string host_name();

// Who runs this process: as the system knows them, or their number where it doesn't.
std::string user_name();

// What an ordinary user may still write to the file system of that folder; 0 if there is no such folder.
std::uint64_t free_bytes(const std::string& folder);

struct DescriptorUse {
  std::uint32_t open = 0;
  std::uint32_t limit = 0;  // the greatest number where there is none
};

// Of this process.
DescriptorUse descriptor_use();

}  // namespace tilework::transport

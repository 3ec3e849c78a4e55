// How many file descriptors a server needs, and may have. Used once, when it starts.
#pragma once

#include <cstdint>
#include <string>

namespace tilework::server {

struct MasterLoad {
  unsigned workers;
  unsigned clients;
  unsigned newcomers;     // connections that haven't signed in
  unsigned running_jobs;  // at the same time
};

struct WorkerLoad {
  unsigned slots;
  unsigned masters;
};

struct DescriptorNeed {
  std::uint64_t least;  // with fewer, nothing can be done
  std::uint64_t full;   // with as many, all goes well at the largest load
  std::string what;     // needs them, for a person
};

// By what was counted in /proc/PID/fd of processes at work; see descriptors.cpp.
DescriptorNeed need_of(const MasterLoad& load);
DescriptorNeed need_of(const WorkerLoad& load);

// Raises this process's limit to what is needed, as far as the system lets it, and logs what is missing.
// Processes that are started afterwards inherit the limit. Throws UserError where not even the least is
// there.
void provide_descriptors(const DescriptorNeed& need);

}  // namespace tilework::server

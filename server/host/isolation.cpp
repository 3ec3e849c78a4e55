#include "server/host/isolation.h"

#include <new>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/host/walls/cgroups.h"
#include "server/host/walls/files.h"
#include "server/host/walls/privileges.h"
#include "server/host/walls/system_calls.h"

namespace tilework::host {
namespace {

// The address sanitizer reserves more than any limit.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool counts_memory = false;
#else
constexpr bool counts_memory = true;
#endif

// The largest file that a host may make: those in memory, for copies of plugins.
constexpr rlim_t largest_file = 256u << 20;

bool set_limit(__rlimit_resource what, rlim_t most) {
  const rlimit limit{most, most};
  return ::setrlimit(what, &limit) == 0;
}

rlim_t limit_of(__rlimit_resource what) {
  rlimit limit{};
  ::getrlimit(what, &limit);
  return limit.rlim_cur;
}

// The kernel's choice when the machine is short of memory.
bool offer_to_oom_killer() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  const bool offered = fd >= 0 && ::write(fd, "900", 3) == 3;
  ::close(fd);
  return offered;
}

}  // namespace

std::string isolate(const HostLimits& limits) {
  std::set_new_handler([] { ::_exit(exit_over_memory); });
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_FSIZE, largest_file);
  set_limit(RLIMIT_NOFILE, limits.descriptors);  // unless the parent's is lower still
  const bool offered = offer_to_oom_killer();
  const std::string cgroups = join_cgroups();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // The list of files is looked up by the parent's user.
  const int landlock = wall_off_files();
  const std::string privileges = give_up_privileges(limits.threads);
  // RLIMIT_DATA: private memory that can be written, so neither code nor slabs.
  const bool counted = counts_memory && set_limit(RLIMIT_DATA, limits.memory_bytes);
  const bool seccomp = wall_off_system_calls();
  return std::string("seccomp=") + (seccomp ? "yes" : "no") +
         " landlock=" + (landlock > 0 ? std::to_string(landlock) : "no") +
         " memory=" + (counted ? std::to_string(limits.memory_bytes >> 20) + "MiB" : "unlimited") +
         " descriptors=" + std::to_string(limit_of(RLIMIT_NOFILE)) +
         " oom_score_adj=" + (offered ? "900" : "unchanged") + " " + privileges + " " + cgroups;
}

}  // namespace tilework::host

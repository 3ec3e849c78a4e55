#include "server/host/walls/privileges.h"

#include <array>
#include <csignal>

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tilework::host {
namespace {

// Hosts of root are user and group `first_user` and their process's number, which is less than 2^22. Nobody
// has these: they lie above what systemd gives to containers, and below what fits into 31 bits.
constexpr uid_t first_user = 0x78000000;

// No program that is started could get capabilities back, whoever it belongs to.
void empty_bounding_set() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  ::prctl(PR_SET_SECUREBITS,
          SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
              SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
          0, 0, 0);
}

bool drop_capabilities() {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

bool become_user_of_own() {
  if (::geteuid() != 0) return false;
  const uid_t user = first_user + static_cast<uid_t>(::getpid());
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 &&
         ::setresuid(user, user, user) == 0;
}

bool enter_user_namespace() {
  return ::unshare(CLONE_NEWUSER) == 0;
}

// With another user, the kernel takes back the signal at the parent's end, and a process's own folder in
// /proc.
void stay_child_of(pid_t parent, int signal_at_its_end) {
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (signal_at_its_end == 0) return;
  ::prctl(PR_SET_PDEATHSIG, signal_at_its_end, 0, 0, 0);
  if (::getppid() != parent) ::raise(signal_at_its_end);
}

}  // namespace

std::string give_up_privileges(unsigned most_threads) {
  const pid_t parent = ::getppid();
  int signal_at_its_end = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal_at_its_end, 0, 0, 0);
  empty_bounding_set();  // as long as this process may
  std::string user = become_user_of_own() ? "own" : enter_user_namespace() ? "namespace" : "shared";
  if (user == "namespace") empty_bounding_set();
  const bool dropped = drop_capabilities();
  stay_child_of(parent, signal_at_its_end);
  // Of a user that others share, it would count all processes.
  const rlimit threads{most_threads, most_threads};
  const bool counted = user != "shared" && ::setrlimit(RLIMIT_NPROC, &threads) == 0;
  return "user=" + user + " threads=" + (counted ? std::to_string(most_threads) : "unlimited") +
         " capabilities=" + (dropped ? "none" : "kept");
}

}  // namespace tilework::host

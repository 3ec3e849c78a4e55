#include "server/host/zygote.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/host/process/zygote_messages.h"

namespace tilework::host {
namespace {

// Where the C library keeps its thread's number, which fork() would renew. Null where the kernel doesn't
// tell.
int* place_of_thread_number() {
  int* place = nullptr;
  return ::prctl(PR_GET_TID_ADDRESS, &place, 0, 0, 0) == 0 ? place : nullptr;
}

// As fork(), but for the parent's own parent.
pid_t fork_sibling(int* thread_number) {
  constexpr auto flags =
      static_cast<unsigned long>(CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD);
#if defined(__x86_64__)
  const auto pid = ::syscall(SYS_clone, flags, nullptr, nullptr, thread_number, nullptr);
#else
  const auto pid = ::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, thread_number);
#endif
  return static_cast<pid_t>(pid);
}

// As the parent's spawn() would have it.
void take_places(const ReceivedInheritance& inherited) {
  ::setpgid(0, 0);
  ::dup2(inherited.output, STDOUT_FILENO);
  ::dup2(inherited.output, STDERR_FILENO);
  ::dup2(inherited.socket, inherited_socket);
  if (const auto sign = inherited.cgroups.find('='); sign != std::string::npos) {
    ::setenv(inherited.cgroups.substr(0, sign).c_str(), inherited.cgroups.c_str() + sign + 1, 1);
  }
}

bool answer(ZygoteAnswer what) {
  return ::send(inherited_socket, &what, sizeof what, MSG_NOSIGNAL) == sizeof what;
}

}  // namespace

void fork_hosts() {
  int* const thread_number = place_of_thread_number();
  if (thread_number == nullptr || !answer(zygote_is_ready)) ::_exit(1);
  while (const auto inherited = receive_inheritance(inherited_socket)) {
    const pid_t pid = fork_sibling(thread_number);
    if (pid == 0) return take_places(*inherited);
    answer(pid < 0 ? -errno : pid);
  }
  ::_exit(0);
}

}  // namespace tilework::host

#include "server/host/walls/system_calls.h"

#include <cerrno>
#include <cstdint>
#include <initializer_list>

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace tilework::host {
namespace {

using Calls = std::initializer_list<int>;

// What plugins, OpenCV, the C++ runtime and the connection to the parent need.
const Calls allowed{
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(preadv),
    SCMP_SYS(pwrite64), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(lseek),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe),
    SCMP_SYS(pipe2), SCMP_SYS(memfd_create), SCMP_SYS(sendfile),
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(mincore), SCMP_SYS(msync),
    // threads and time
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address), SCMP_SYS(arch_prctl), SCMP_SYS(membarrier), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_get_priority_max), SCMP_SYS(sched_get_priority_min), SCMP_SYS(getcpu), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getitimer), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    // signals within the process
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(signalfd4), SCMP_SYS(pause),
    // events and the inherited socket
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
    SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
    SCMP_SYS(recvmsg), SCMP_SYS(getsockname),
    // about the process and the machine
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getpgrp), SCMP_SYS(getpgid), SCMP_SYS(getpriority),
    SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getrandom),
    SCMP_SYS(umask)};

// Those that ask about a descriptor, duplicate it or seal it. Others make the kernel send signals to whom the
// caller likes, and F_SETFL changes what other processes share with it.
const std::initializer_list<scmp_datum_t> allowed_fcntl{F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,    F_SETFD,
                                                        F_GETFL, F_ADD_SEALS,     F_GET_SEALS};

// No answer to these would be honest: the filter's result would lack what another process was to do.
const Calls deadly{SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve), SCMP_SYS(execveat)};

// The C library falls back to older calls, whose arguments can be looked at.
const Calls unknown{SCMP_SYS(clone3), SCMP_SYS(openat2)};

bool add_rules(scmp_filter_ctx filter) {
  int failed = 0;
  const auto rule = [&](std::uint32_t action, int call) {
    failed |= seccomp_rule_add(filter, action, call, 0);
  };
  const auto rule_if = [&](std::uint32_t action, int call, scmp_arg_cmp test) {
    failed |= seccomp_rule_add_array(filter, action, call, 1, &test);
  };
  for (const int call : allowed) rule(SCMP_ACT_ALLOW, call);
  for (const int call : deadly) rule(SCMP_ACT_KILL_PROCESS, call);
  for (const int call : unknown) rule(SCMP_ACT_ERRNO(ENOSYS), call);

  for (const auto command : allowed_fcntl) {
    rule_if(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, command));
  }
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  rule_if(SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  // Files for reading alone.
  constexpr std::uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
  // Memory that is shared and of no file isn't counted as the process's own.
  constexpr std::uint64_t uncounted = MAP_SHARED | MAP_ANONYMOUS;
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A3(SCMP_CMP_MASKED_EQ, uncounted, MAP_SHARED));
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_SHARED, 0));
  // Signals to itself, as abort() sends them.
  const auto self = static_cast<scmp_datum_t>(::getpid());
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self));
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, self));
  // The calling thread's cores alone: any other number may be a thread of the parent's.
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(sched_setaffinity), SCMP_A0(SCMP_CMP_EQ, 0));
  // Limits can be read. Names of threads don't change, and nobody minds: `ps` shows what they are.
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
  rule_if(SCMP_ACT_ERRNO(0), SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
  rule_if(SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA));
  return failed == 0;
}

}  // namespace

bool wall_off_system_calls() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return false;
  const bool denied = add_rules(filter) && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return denied;
}

}  // namespace tilework::host

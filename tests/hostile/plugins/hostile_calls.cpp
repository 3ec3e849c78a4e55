// Filters that try system calls by which a process reaches others, or the kernel.
#include <csignal>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "attempts.h"

namespace {

using tilework::test::at;
using tilework::test::Attempt;
using tilework::test::call;

constexpr int its_socket = 3;
std::array<char, 4096> room{};
iovec piece{room.data(), room.size()};

long child_of(long result) {
  if (result == 0) ::pause();
  return result;
}

long limit_parent() {
  const rlimit few{3, 3};
  return call(SYS_prlimit64, ::getppid(), RLIMIT_NOFILE, at(&few));
}

long bind_parent() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  return call(SYS_sched_setaffinity, ::getppid(), sizeof one, at(&one));
}

long take_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> all{{{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}}};
  return call(SYS_capset, at(&header), at(all.data()));
}

// Where an earlier one succeeded, the next are tried.
long be_told_by_signals() {
  if (::fcntl(its_socket, F_SETOWN, ::getppid()) < 0) return -1;
  return ::fcntl(its_socket, F_SETSIG, SIGKILL);
}

long connect_to_master(const std::string& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

constexpr std::array attempts{
    Attempt{"hostile-forks", [](const std::string&) { return child_of(call(SYS_fork)); }},
    Attempt{"hostile-vforks", [](const std::string&) { return child_of(call(SYS_vfork)); }},
    Attempt{"hostile-clones", [](const std::string&) { return child_of(call(SYS_clone, SIGCHLD)); }},
    Attempt{"hostile-clones-anew", [](const std::string&) { return call(SYS_clone3, at(room.data()), 64); }},
    Attempt{"hostile-executes",
            [](const std::string&) { return call(SYS_execve, at("/bin/true"), at(nullptr), at(nullptr)); }},
    Attempt{"hostile-executes-memory",
            [](const std::string&) {
              const int fd = ::memfd_create("x", 0);
              return call(SYS_execveat, fd, at(""), at(nullptr), at(nullptr), AT_EMPTY_PATH);
            }},
    Attempt{"hostile-kills-parent", [](const std::string&) { return call(SYS_kill, ::getppid(), SIGKILL); }},
    Attempt{"hostile-kills-thread-of-parent",
            [](const std::string&) { return call(SYS_tgkill, ::getppid(), ::getppid(), SIGKILL); }},
    Attempt{"hostile-kills-all", [](const std::string&) { return call(SYS_kill, -1, SIGKILL); }},
    Attempt{
        "hostile-queues-signal",
        [](const std::string&) { return call(SYS_rt_sigqueueinfo, ::getppid(), SIGKILL, at(room.data())); }},
    Attempt{"hostile-signals-by-owner", [](const std::string&) { return be_told_by_signals(); }},
    Attempt{"hostile-traces-parent",
            [](const std::string&) { return call(SYS_ptrace, 16 /* PTRACE_ATTACH */, ::getppid()); }},
    Attempt{"hostile-reads-process",
            [](const std::string&) {
              return call(SYS_process_vm_readv, ::getppid(), at(&piece), 1, at(&piece), 1);
            }},
    Attempt{"hostile-writes-process",
            [](const std::string&) {
              return call(SYS_process_vm_writev, ::getppid(), at(&piece), 1, at(&piece), 1);
            }},
    Attempt{"hostile-opens-process", [](const std::string&) { return call(SYS_pidfd_open, ::getppid()); }},
    Attempt{"hostile-limits-parent", [](const std::string&) { return limit_parent(); }},
    Attempt{"hostile-slows-parent",
            [](const std::string&) { return call(SYS_setpriority, PRIO_PROCESS, ::getppid(), 19); }},
    Attempt{"hostile-binds-parent", [](const std::string&) { return bind_parent(); }},
    Attempt{"hostile-hurries",
            [](const std::string&) {
              const sched_param first{1};
              return call(SYS_sched_setscheduler, 0, SCHED_FIFO, at(&first));
            }},
    Attempt{"hostile-unshares", [](const std::string&) { return call(SYS_unshare, CLONE_NEWUSER); }},
    Attempt{"hostile-enters-namespace", [](const std::string&) { return call(SYS_setns, its_socket, 0); }},
    Attempt{"hostile-changes-root", [](const std::string&) { return call(SYS_chroot, at("/proc")); }},
    Attempt{"hostile-mounts",
            [](const std::string&) { return call(SYS_mount, at("none"), at("/mnt"), at("tmpfs")); }},
    Attempt{"hostile-becomes-root", [](const std::string&) { return call(SYS_setresuid, 0, 0, 0); }},
    Attempt{"hostile-takes-capabilities", [](const std::string&) { return take_capabilities(); }},
    Attempt{"hostile-outlives-parent", [](const std::string&) { return call(SYS_prctl, PR_SET_PDEATHSIG); }},
    Attempt{"hostile-loads-bpf", [](const std::string&) { return call(SYS_bpf, 0, at(room.data()), 72); }},
    Attempt{"hostile-sets-up-rings",
            [](const std::string&) { return call(SYS_io_uring_setup, 8, at(room.data())); }},
    Attempt{"hostile-handles-faults", [](const std::string&) { return call(SYS_userfaultfd, 1); }},
    Attempt{"hostile-counts-events",
            [](const std::string&) { return call(SYS_perf_event_open, at(room.data()), 0, -1, -1); }},
    Attempt{"hostile-asks-for-keys", [](const std::string&) { return call(SYS_keyctl, 0, -3, 1); }},
    Attempt{"hostile-shares-memory",
            [](const std::string&) {
              return call(SYS_mmap, 0, 1 << 30, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
            }},
    Attempt{"hostile-gets-segment",
            [](const std::string&) { return call(SYS_shmget, IPC_PRIVATE, 1 << 30, 0600); }},
    Attempt{"hostile-locks-memory", [](const std::string&) { return call(SYS_mlockall, 3); }},
    Attempt{"hostile-connects-to-master", [](const std::string& port) { return connect_to_master(port); }},
    Attempt{"hostile-connects-locally",
            [](const std::string&) { return long{::socket(AF_UNIX, SOCK_STREAM, 0)}; }},
    Attempt{"hostile-speaks-netlink",
            [](const std::string&) { return long{::socket(AF_NETLINK, SOCK_RAW, 0)}; }},
    Attempt{"hostile-sends-descriptor",
            [](const std::string&) { return call(SYS_sendmsg, its_socket, at(room.data())); }},
    Attempt{"hostile-shuts-socket",
            [](const std::string&) { return long{::shutdown(its_socket, SHUT_RDWR)}; }},
    Attempt{"hostile-unblocks-output",
            [](const std::string&) { return long{::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK)}; }},
    Attempt{"hostile-seeks-output",
            [](const std::string&) { return long{::lseek(STDERR_FILENO, 0, SEEK_SET)}; }},
    Attempt{"hostile-truncates-output",
            [](const std::string&) { return long{::ftruncate(STDERR_FILENO, 0)}; }}};

}  // namespace

HOSTILE_ATTEMPTS(attempts)

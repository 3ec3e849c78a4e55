// Filters that try the walls around their process. What they do stands in the reason of a job that fails.
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <tilework/filter.h>
#include <unistd.h>

#include "test_filter.h"

namespace {

// Words that a test has laid into the pixels, up to the first zero.
std::vector<std::string> lines_in(const cv::Mat& pixels) {
  const cv::Mat bytes = pixels.isContinuous() ? pixels : pixels.clone();
  const std::string text(reinterpret_cast<const char*>(bytes.data), bytes.total() * bytes.elemSize());
  std::istringstream words(text.substr(0, text.find('\0')));
  std::vector<std::string> lines;
  for (std::string line; std::getline(words, line);) lines.push_back(line);
  return lines;
}

void fail_with(const std::string& what, const std::vector<std::string>& done) {
  if (done.empty()) return;
  std::string all = what;
  for (const auto& each : done) all += " " + each;
  throw std::runtime_error(all);
}

std::string with_parent(std::string path) {
  const std::string word = "PPID";
  const auto at = path.find(word);
  return at == std::string::npos ? path : path.replace(at, word.size(), std::to_string(::getppid()));
}

TEST_FILTER(Opens, "test-opens", "Opens the files that its pixels name.") {
  std::vector<std::string> opened;
  for (const auto& line : lines_in(in)) {
    const int fd = ::open(with_parent(line).c_str(), O_RDONLY);
    if (fd >= 0) opened.push_back(line);
    ::close(fd);
  }
  fail_with("opened", opened);
  in.copyTo(out);
}

TEST_FILTER(NeedsFiles, "test-needs-files", "Opens the files that its pixels name, and must get them.") {
  std::vector<std::string> refused;
  for (const auto& line : lines_in(in)) {
    const int fd = ::open(line.c_str(), O_RDONLY);
    std::array<char, 16> some{};
    const bool is_folder = fd >= 0 && ::read(fd, some.data(), some.size()) < 0 && errno == EISDIR;
    if (fd < 0 || (!is_folder && errno == EACCES)) refused.push_back(line);
    ::close(fd);
  }
  fail_with("not opened", refused);
  in.copyTo(out);
}

struct Act {
  const char* name;
  long (*act)();
};

// An answer to what was asked, though it be that the words of the question make no sense, is none.
bool is_refused(long result) {
  return result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  return ::syscall(number, a, b, c, d, e);
}

long at(const void* address) {
  return reinterpret_cast<long>(address);
}

constexpr int its_socket = 3;
std::array<char, 4096> room{};
iovec piece{room.data(), room.size()};
cpu_set_t one_core{};

const std::array acts{
    Act{"open_by_handle_at", [] { return raw(SYS_open_by_handle_at, AT_FDCWD, at(room.data()), O_RDONLY); }},
    Act{"name_to_handle_at",
        [] { return raw(SYS_name_to_handle_at, AT_FDCWD, at("/"), at(room.data()), at(room.data())); }},
    Act{"io_uring_setup", [] { return raw(SYS_io_uring_setup, 8, at(room.data())); }},
    Act{"bpf", [] { return raw(SYS_bpf, 0, at(room.data()), 72); }},
    Act{"keyctl", [] { return raw(SYS_keyctl, 0, -3, 1); }},
    Act{"add_key", [] { return raw(SYS_add_key, at("user"), at("a"), at("b"), 1, -3); }},
    Act{"userfaultfd", [] { return raw(SYS_userfaultfd, 1); }},
    Act{"perf_event_open", [] { return raw(SYS_perf_event_open, at(room.data()), 0, -1, -1); }},
    Act{"mount", [] { return raw(SYS_mount, at("none"), at("/mnt"), at("tmpfs")); }},
    Act{"umount2", [] { return raw(SYS_umount2, at("/proc")); }},
    Act{"fsopen", [] { return raw(SYS_fsopen, at("tmpfs")); }},
    Act{"open_tree", [] { return raw(SYS_open_tree, AT_FDCWD, at("/"), 0); }},
    Act{"pivot_root", [] { return raw(SYS_pivot_root, at("/"), at("/")); }},
    Act{"chroot", [] { return raw(SYS_chroot, at("/proc/self")); }},
    Act{"unshare a user namespace", [] { return raw(SYS_unshare, CLONE_NEWUSER); }},
    Act{"unshare files", [] { return raw(SYS_unshare, CLONE_FILES); }},
    Act{"setns", [] { return raw(SYS_setns, its_socket, 0); }},
    Act{"setuid", [] { return raw(SYS_setuid, 0); }},
    Act{"setresuid", [] { return raw(SYS_setresuid, 0, 0, 0); }},
    Act{"setgid", [] { return raw(SYS_setgid, 0); }},
    Act{"capset", [] { return raw(SYS_capset, at(room.data()), at(room.data())); }},
    Act{"ptrace", [] { return raw(SYS_ptrace, 16, ::getppid()); }},
    Act{"process_vm_readv",
        [] { return raw(SYS_process_vm_readv, ::getppid(), at(&piece), 1, at(&piece), 1); }},
    Act{"pidfd_open", [] { return raw(SYS_pidfd_open, ::getppid()); }},
    Act{"pidfd_getfd", [] { return raw(SYS_pidfd_getfd, 0, 0); }},
    Act{"kcmp", [] { return raw(SYS_kcmp, ::getpid(), ::getppid(), 0); }},
    Act{"signal the parent", [] { return raw(SYS_kill, ::getppid(), 0); }},
    Act{"signal all", [] { return raw(SYS_kill, -1, 0); }},
    Act{"limit the parent", [] { return raw(SYS_prlimit64, ::getppid(), RLIMIT_NOFILE, at(room.data())); }},
    Act{"slow the parent down", [] { return raw(SYS_setpriority, 0, ::getppid(), 19); }},
    Act{"bind the parent",
        [] { return raw(SYS_sched_setaffinity, ::getppid(), sizeof one_core, at(&one_core)); }},
    Act{"rise in the scheduler", [] { return raw(SYS_setpriority, 0, 0, 0); }},
    Act{"socket", [] { return raw(SYS_socket, AF_INET, SOCK_STREAM); }},
    Act{"netlink", [] { return raw(SYS_socket, 16, SOCK_RAW); }},
    Act{"socketpair", [] { return raw(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, at(room.data())); }},
    Act{"send a descriptor", [] { return raw(SYS_sendmsg, its_socket, at(room.data())); }},
    Act{"shut the socket", [] { return raw(SYS_shutdown, its_socket, SHUT_RD); }},
    Act{"change the socket's flags", [] { return raw(SYS_fcntl, its_socket, F_SETFL, 0); }},
    Act{"change the output's flags", [] { return raw(SYS_fcntl, STDERR_FILENO, F_SETFL, O_NONBLOCK); }},
    Act{"be told by signals", [] { return raw(SYS_fcntl, its_socket, F_SETOWN, ::getppid()); }},
    Act{"truncate the output", [] { return raw(SYS_ftruncate, STDERR_FILENO, 0); }},
    Act{"resize the pipe", [] { return raw(SYS_fcntl, STDERR_FILENO, F_SETPIPE_SZ, 1 << 20); }},
    Act{"steal from the pipe", [] { return raw(SYS_tee, STDERR_FILENO, STDERR_FILENO, 1, 0); }},
    Act{"ioctl", [] { return raw(SYS_ioctl, STDERR_FILENO, 0x5413, at(room.data())); }},
    Act{"lock memory", [] { return raw(SYS_mlock, at(room.data()), room.size()); }},
    Act{"lock all memory", [] { return raw(SYS_mlockall, 1); }},
    Act{"set a memory policy", [] { return raw(SYS_set_mempolicy, 0, 0, 0); }},
    Act{"share uncounted memory",
        [] { return raw(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1); }},
    Act{"shmget", [] { return raw(SYS_shmget, 0, 4096, 01600); }},
    Act{"mq_open", [] { return raw(SYS_mq_open, at("a"), O_CREAT | O_RDWR, 0600, 0); }},
    Act{"inotify", [] { return raw(SYS_inotify_init1, 0); }},
    Act{"fanotify", [] { return raw(SYS_fanotify_init, 0, 0); }},
    Act{"set a timer that kills", [] { return raw(SYS_setitimer, 0, at(room.data()), 0); }},
    Act{"personality", [] { return raw(SYS_personality, 0x0400000); }},
    Act{"outlive the parent", [] { return raw(SYS_prctl, PR_SET_PDEATHSIG, 0); }},
    Act{"be looked at by none", [] { return raw(SYS_prctl, PR_SET_DUMPABLE, 0); }},
    Act{"syslog", [] { return raw(SYS_syslog, 3, at(room.data()), room.size()); }},
    Act{"reboot", [] { return raw(SYS_reboot, 0); }},
    Act{"set the time", [] { return raw(SYS_clock_settime, -1, at(room.data())); }},
    Act{"name the machine", [] { return raw(SYS_sethostname, at("a"), -1); }},
    Act{"swap", [] { return raw(SYS_swapon, at("/dev/null"), 0); }},
    Act{"load into the kernel", [] { return raw(SYS_finit_module, its_socket, at(""), 0); }},
    Act{"write to a path", [] { return raw(SYS_open, at("/dev/null"), O_WRONLY); }},
    Act{"write to its memory's file", [] { return raw(SYS_open, at("/proc/self/mem"), O_RDWR); }},
    Act{"append", [] { return raw(SYS_open, at("/dev/null"), O_RDONLY | O_APPEND); }},
    Act{"make a folder", [] { return raw(SYS_mkdir, at("/tmp/tilework-test-walls"), 0700); }},
    Act{"link", [] { return raw(SYS_link, at("/etc/passwd"), at("/tmp/tilework-test-walls")); }},
    Act{"symlink", [] { return raw(SYS_symlink, at("/etc/passwd"), at("/tmp/tilework-test-walls")); }},
    Act{"make a device", [] { return raw(SYS_mknod, at("/tmp/tilework-test-walls"), 020600, 0x101); }},
    Act{"change a mode", [] { return raw(SYS_chmod, at("/tmp"), 01777); }},
    Act{"go to another folder", [] { return raw(SYS_chdir, at("/etc")); }}};

TEST_FILTER(Calls, "test-calls", "Makes system calls that it shouldn't.") {
  std::vector<std::string> done;
  for (const auto& act : acts) {
    if (!is_refused(act.act())) done.push_back(std::string("[") + act.name + "]");
  }
  fail_with("done", done);
  in.copyTo(out);
}

void say(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

TEST_FILTER(Says, "test-says",
            "Writes to standard output and error what looks like others' words, and crashes.") {
  ::lseek(STDERR_FILENO, 0, SEEK_SET);
  ::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
  std::printf("on standard output\n");
  std::fflush(stdout);
  say("time=2026-01-01T00:00:00.000+0000 level=error pid=1 forged\n");
  say("quote\" level=error forged2 \x1b[2J\x1b]0;title\x07 \xe2\x80\xae reversed \x9b \xff\r\n");
  say("last words without an end");
  in.copyTo(out);
  std::raise(SIGSEGV);
}

TEST_FILTER(Talks, "test-talks", "Writes half a million lines to standard error.") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "flood " + std::to_string(i) + "\n";
  for (int i = 0; i < 500; ++i) say(lines);
  in.copyTo(out);
}

// As many as there can be; they end with their process.
int start_threads(int number, void (*work)()) {
  int started = 0;
  try {
    for (; started < number; ++started) std::thread(work).detach();
  } catch (const std::system_error&) {
  }
  return started;
}

[[noreturn]] void spin() {
  for (std::atomic<std::uint64_t> i{0};; ++i) {
  }
}

[[noreturn]] void sleep_for_ever() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

TEST_FILTER(Crowds, "test-crowds", "Takes all processors with threads, and never answers.") {
  start_threads(16, spin);
  start_threads(3000, sleep_for_ever);
  spin();
  in.copyTo(out);
}

TEST_FILTER(SpinsOnce, "test-spins-once", "Takes a processor, and never answers.") {
  start_threads(1, sleep_for_ever);  // by which the test knows that it is at it
  spin();
  in.copyTo(out);
}

TEST_FILTER(Threads, "test-threads", "Starts 3000 threads, and tells how many it got.") {
  static const int got = start_threads(3000, sleep_for_ever);
  throw std::runtime_error("got " + std::to_string(got) + " threads");
  in.copyTo(out);
}

}  // namespace

TILEWORK_FILTERS(Opens, NeedsFiles, Calls, Says, Talks, Crowds, SpinsOnce, Threads)

#include "server/host/isolation.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "server/host/cgroups/cgroup_folders.h"
#include "server/host/cgroups/host_cgroup.h"
#include "server/host/walls/cgroups.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace tilework::host {
namespace {

// Whether this holds in a process that has given up what filters don't need.
template <class Question>
bool isolated(Question&& question) {
  const int status = test::status_of_child([&] {
    isolate({});
    return question() ? 0 : 1;
  });
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

template <class Action>
int signal_when_isolated(Action&& action) {
  return test::signal_of_child([&] {
    isolate({});
    action();
  });
}

bool is_denied(long result) {
  return result < 0 && (errno == EPERM || errno == EACCES);
}

// Of this process, in /proc/self/status.
std::string status_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return {};
}

// A number of threads, for as long as the process lives.
int threads_started() {
  int started = 0;
  try {
    for (; started < 300; ++started) std::thread([] { ::pause(); }).detach();
  } catch (const std::system_error&) {
  }
  return started;
}

}  // namespace

TEST_CASE("an isolated process has no network") {
  CHECK(isolated([] { return is_denied(::socket(AF_INET, SOCK_STREAM, 0)); }));
  CHECK(isolated([] { return is_denied(::socket(AF_UNIX, SOCK_STREAM, 0)); }));
}

TEST_CASE("an isolated process reads some files, and writes, makes and removes none") {
  CHECK(isolated([] { return ::open("/proc/self/status", O_RDONLY) >= 0; }));
  CHECK(isolated([] { return is_denied(::open("/dev/null", O_WRONLY)); }));
  CHECK(isolated([] { return is_denied(::open("/tmp/tilework-test-isolation", O_RDWR | O_CREAT, 0600)); }));
  CHECK(isolated([] { return is_denied(::unlink("/nonexistent/tilework")); }));
  CHECK(isolated([] { return is_denied(::mkdir("/tmp/tilework-test-isolation", 0700)); }));
  CHECK(isolated([] { return is_denied(::chmod("/nonexistent/tilework", 0700)); }));
}

TEST_CASE("an isolated process starts threads, and no processes") {
  CHECK(isolated([] {
    bool ran = false;
    std::thread([&] { ran = true; }).join();
    return ran;
  }));
  CHECK(signal_when_isolated([] { ::fork(); }) == SIGSYS);
  CHECK(signal_when_isolated([] { ::vfork(); }) == SIGSYS);
  CHECK(signal_when_isolated([] { ::execl("/bin/true", "true", nullptr); }) == SIGSYS);
  CHECK(signal_when_isolated([] { return std::system("true"); }) == SIGSYS);
}

TEST_CASE("an isolated process can't reach others, nor get back what it gave up") {
  const pid_t parent = ::getpid();
  CHECK(isolated([&] { return is_denied(::kill(parent, 0)); }));
  CHECK(isolated([] {
    const rlimit more{1 << 20, 1 << 20};
    return is_denied(::setrlimit(RLIMIT_NOFILE, &more));
  }));
  CHECK(isolated(
      [] { return ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED; }));
  CHECK(isolated([] { return is_denied(::prctl(PR_SET_PDEATHSIG, 0)); }));
  CHECK(isolated([&] {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    return is_denied(::sched_setaffinity(parent, sizeof first, &first));
  }));
}

TEST_CASE("an isolated process can't have the kernel signal others for it") {
  const pid_t parent = ::getpid();
  const auto on_pipe = [](auto&& question) {
    return isolated([&] {
      std::array<int, 2> ends{};
      return ::pipe(ends.data()) == 0 && is_denied(question(ends[0]));
    });
  };
  CHECK(on_pipe([&](int end) { return ::fcntl(end, F_SETOWN, parent); }));
  CHECK(on_pipe([&](int end) {
    const f_owner_ex owner{F_OWNER_PID, parent};
    return ::fcntl(end, F_SETOWN_EX, &owner);
  }));
  CHECK(on_pipe([](int end) { return ::fcntl(end, F_SETSIG, SIGKILL); }));
}

TEST_CASE("an isolated process doesn't empty the log that it writes to") {
  test::TempDir folder;
  const std::string log = folder.file("log");
  std::ofstream(log) << "a line\n";
  const int status = test::status_of_child([&] {
    ::dup2(::open(log.c_str(), O_RDWR), STDERR_FILENO);
    isolate({});
    return is_denied(::ftruncate(STDERR_FILENO, 0)) ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("an isolated process can't look into others, where Landlock is in force") {
  const std::string memory = "/proc/" + std::to_string(::getpid()) + "/mem";
  const int status = test::status_of_child([&] {
    const std::string in_force = isolate({});
    if (in_force.find("landlock=no") != std::string::npos) return 0;
    return is_denied(::open(memory.c_str(), O_RDONLY)) ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("an isolated process ends with its code when the C++ runtime finds no memory") {
#if !defined(__SANITIZE_ADDRESS__)
  const int status = test::status_of_child([] {
    isolate({.memory_bytes = 100 << 20});
    const std::vector<char> much(200 << 20, 'x');
    return much.empty() ? 1 : 0;
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == exit_over_memory);
#endif
}

TEST_CASE("an isolated process has no capability, and no way to get one") {
  for (const std::string set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    CHECK(isolated([&] { return status_of(set) == "0000000000000000"; }));
  }
  CHECK(isolated([] { return status_of("NoNewPrivs") == "1"; }));
  if (::geteuid() == 0) CHECK(isolated([] { return status_of("CapBnd") == "0000000000000000"; }));
}

TEST_CASE("a root's isolated process is a user of its own, in no group, and ends with its parent") {
  if (::geteuid() != 0) return;
  CHECK(isolated([] { return ::getuid() == 0x78000000u + ::getpid() && ::getuid() == ::geteuid(); }));
  CHECK(isolated([] { return ::getgid() == ::getuid() && ::getegid() == ::getgid(); }));
  CHECK(isolated([] { return status_of("Groups").find_first_not_of(' ') == std::string::npos; }));
  const int status = test::status_of_child([] {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    isolate({});
    return 0;
  });
  CHECK(status == 0);
}

TEST_CASE("an isolated process starts so many threads, and others of the server's user don't count") {
  CHECK(isolated(
      [] { return threads_started() == 64 + static_cast<int>(std::thread::hardware_concurrency()) - 1; }));
}

TEST_CASE("so does one whose server isn't root, where it may have a user namespace") {
  if (::geteuid() != 0) return;
  const int status = test::status_of_child([] {
    constexpr uid_t nobody = 65534;
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) return 1;
    const std::string in_force = isolate({.threads = 20});
    if (in_force.find("user=shared") != std::string::npos) return 0;  // this system doesn't let it
    if (in_force.find("user=namespace threads=20 capabilities=none") == std::string::npos) return 2;
    if (status_of("CapEff") != "0000000000000000" || status_of("CapBnd") != "0000000000000000") return 3;
    if (::open("/proc/self/maps", O_RDONLY) < 0) return 4;
    return threads_started() == 19 ? 0 : 5;
  });
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("an isolated process changes nothing of what it shares with others") {
  const auto on_socket = [](auto&& question) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const bool denied = isolated([&] { return is_denied(question(ends[0])); });
    ::close(ends[0]);
    ::close(ends[1]);
    return denied;
  };
  CHECK(on_socket([](int end) { return ::fcntl(end, F_SETFL, O_NONBLOCK); }));
  CHECK(on_socket([](int end) { return ::shutdown(end, SHUT_RDWR); }));
  CHECK(on_socket([](int end) {
    const msghdr nothing{};
    return ::sendmsg(end, &nothing, 0);
  }));
}

TEST_CASE("an isolated process keeps its name") {
  CHECK(isolated([] {
    const std::string before = status_of("Name");
    return ::prctl(PR_SET_NAME, "another") == 0 && status_of("Name") == before;
  }));
}

TEST_CASE("a cgroup ends a process that takes more memory, and tells") {
  const auto group = HostCgroup::make({64 << 20, 100});
  if (group == nullptr) {
    WARN("no memory cgroup can be made here");
    return;
  }
  CHECK_FALSE(group->ran_over());
  std::string invitation = group->invitation();
  const int signal = test::signal_of_child([&] {
    ::putenv(invitation.data());
    if (join_cgroups().find("cgroup=yes") == std::string::npos) return;
    auto* memory = static_cast<char*>(
        ::mmap(nullptr, 256 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < 256 << 20; i += 4096) memory[i] = 1;
  });
  CHECK(signal == SIGKILL);
  CHECK(group->ran_over());
}

TEST_CASE("a cgroup counts threads, and gives them one share of the processors") {
  const auto group = HostCgroup::make({1 << 30, 10});
  if (group == nullptr) return;
  std::string invitation = group->invitation();
  const auto read = [&](const std::string& controller, const char* file) {
    const std::string start = controller + ":";
    std::istringstream lines(invitation.substr(invitation.find('=') + 1));
    std::string line;
    while (std::getline(lines, line) && !line.starts_with(start)) {
    }
    std::string value;
    std::ifstream(line.substr(std::min(line.size(), start.size())) + "/" + file) >> value;
    return value;
  };
  if (const auto shares = read("cpu", "cpu.shares"); !shares.empty()) CHECK(shares == "36");
  if (const auto weight = read("cpu", "cpu.weight"); !weight.empty()) CHECK(weight == "4");
  if (read("pids", "pids.max").empty()) {
    WARN("no cgroup of version 1 or 2 counts threads here");
    return;
  }
  CHECK(read("pids", "pids.max") == "10");
  const int status = test::status_of_child([&] {
    ::putenv(invitation.data());
    join_cgroups();
    return threads_started();
  });
  CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("places of cgroups are found by version 1, 2 or both") {
  const test::TempDir mounted;
  const auto places = [&](const std::string& list) {
    std::istringstream lines(list);
    return cgroup_places(lines, mounted.path());
  };
  const auto below = [&](const char* path) { return mounted.path() / path; };
  using Places = std::vector<CgroupPlace>;
  CHECK(places("9:name=systemd:/\n5:memory:/a/b\n4:cpu,cpuacct:/\n0::/\n") ==
        Places{{below("memory/a/b"), {"memory"}}, {below("cpu"), {"cpu"}, true}});
  // Version 2 alone, as what is enabled below the process's own.
  std::ofstream(below("cgroup.controllers")) << "cpuset cpu io memory pids\n";
  std::filesystem::create_directories(below("unit/tilework-servers"));
  CHECK(places("0::/unit\n").empty());
  std::ofstream(below("unit/cgroup.subtree_control")) << "cpu memory\n";
  CHECK(places("0::/unit\n") == Places{{below("unit"), {"cpu", "memory"}}});
  CHECK(places("0::/unit/tilework-servers\n") == Places{{below("unit"), {"cpu", "memory"}}});
}

}  // namespace tilework::host

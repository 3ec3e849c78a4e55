#include "server/host/isolation.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
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

#include "server/host/memory_cgroup.h"
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

}  // namespace

TEST_CASE("an isolated process has no network") {
  CHECK(isolated([] { return is_denied(::socket(AF_INET, SOCK_STREAM, 0)); }));
  CHECK(isolated([] { return is_denied(::socket(AF_UNIX, SOCK_STREAM, 0)); }));
}

TEST_CASE("an isolated process reads files, and writes, makes and removes none") {
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

TEST_CASE("a cgroup ends a process that takes more memory, and tells") {
  const auto group = MemoryCgroup::make(64 << 20);
  if (group == nullptr) {
    WARN("no memory cgroup can be made here");
    return;
  }
  CHECK_FALSE(group->ran_over());
  const int signal = test::signal_of_child([&] {
    if (!group->add(::getpid())) return;
    auto* memory = static_cast<char*>(
        ::mmap(nullptr, 256 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < 256 << 20; i += 4096) memory[i] = 1;
  });
  CHECK(signal == SIGKILL);
  CHECK(group->ran_over());
}

}  // namespace tilework::host

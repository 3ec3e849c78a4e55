// How a filter host's end is told. Other programs stand for the host: only their ends matter here.
#include "server/host/process/host_process.h"

#include <csignal>

#include <catch2/catch.hpp>
#include <sys/wait.h>

namespace tilework::host {
namespace {

// What is said of a program that ends as `make_end` has it. It is given its memory limit as its argument.
template <class Action>
std::string end_of(const char* program, Action&& make_end) {
  auto io = kj::setupAsyncIo();
  ZygoteProcess zygote({program, {.memory_bytes = 256 << 20}});
  HostProcess process(*io.lowLevelProvider, zygote);
  make_end(process.pid());
  return process.end().wait(io.waitScope);
}

void wait_for_end(pid_t process) {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT);
}

std::string end_by_signal(int signal) {
  return end_of("/bin/sleep", [signal](pid_t process) {
    ::kill(process, signal);
    wait_for_end(process);
  });
}

}  // namespace

TEST_CASE("a host's end is told in words") {
  CHECK(end_by_signal(SIGSEGV) == "it crashed (Segmentation fault)");
  CHECK(end_by_signal(SIGABRT) == "it crashed (Aborted)");
  CHECK(end_by_signal(SIGSYS) == "it tried to start a process, which filters may not");
  CHECK(end_by_signal(SIGKILL) == "it was killed (SIGKILL)");
  CHECK(end_of("/bin/false", wait_for_end) == "it called exit(1)");
}

TEST_CASE("a host that works, or is stopped, is ended all the same") {
  CHECK(end_of("/bin/sleep", [](pid_t) {}) == "it was ended");
  CHECK(end_of("/bin/sleep", [](pid_t process) { ::kill(process, SIGSTOP); }) == "it was ended");
}

TEST_CASE("a host's end is told after the host has gone, and leaves no process") {
  auto io = kj::setupAsyncIo();
  ZygoteProcess zygote({"/bin/sleep", {}});
  auto process = kj::heap<HostProcess>(*io.lowLevelProvider, zygote);
  const pid_t pid = process->pid();
  auto told = process->end();
  process = nullptr;
  CHECK(told.wait(io.waitScope) == "it was ended");
  CHECK(::kill(pid, 0) != 0);
  CHECK(errno == ESRCH);
}

}  // namespace tilework::host

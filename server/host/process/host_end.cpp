#include "server/host/process/host_end.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>

#include <poll.h>
#include <sys/wait.h>

namespace tilework::host {
namespace {

constexpr auto moment = std::chrono::milliseconds(500);

constexpr const char* hung_up = "it closed its connection to the server";

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// At once for what is no child.
std::optional<int> end_within_a_moment(pid_t pid) {
  int status = 0;
  for (const auto end = std::chrono::steady_clock::now() + moment; std::chrono::steady_clock::now() < end;) {
    if (::waitpid(pid, &status, WNOHANG) != 0) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::nullopt;
}

std::string over_memory(const HostLimits& limits) {
  return "it ran over its memory limit of " + std::to_string(limits.memory_bytes >> 20) + " MiB";
}

std::string words_of_exit(int code, const HostLimits& limits) {
  switch (code) {
    case exit_over_memory:
      return over_memory(limits);
    case exit_wrote_outside:
      return "it wrote outside its tile";
    case exit_without_parent:
      return hung_up;
    default:
      return "it called exit(" + std::to_string(code) + ")";
  }
}

std::string words_of_signal(int signal) {
  if (signal == SIGSYS) return "it tried to start a process, which filters may not";
  if (signal == SIGKILL) return "it was killed (SIGKILL)";
  return std::string("it crashed (") + ::strsignal(signal) + ")";
}

std::string words_of(int status, const HostLimits& limits) {
  return WIFEXITED(status) ? words_of_exit(WEXITSTATUS(status), limits) : words_of_signal(WTERMSIG(status));
}

}  // namespace

bool has_hung_up(int socket) {
  pollfd other{socket, POLLRDHUP, 0};
  return ::poll(&other, 1, 0) == 1;
}

std::string end_of_host(pid_t pid, bool was_killed, const HostLimits& limits, const HostCgroup* cgroup) {
  const auto ended = was_killed ? std::nullopt : end_within_a_moment(pid);
  if (!was_killed && !ended) ::kill(pid, SIGKILL);
  const int status = ended ? *ended : wait_for(pid);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return words_of(status, limits);
  if (cgroup != nullptr && cgroup->ran_over()) return over_memory(limits);
  if (ended) return words_of(status, limits);
  return was_killed ? "it was ended" : hung_up;
}

}  // namespace tilework::host

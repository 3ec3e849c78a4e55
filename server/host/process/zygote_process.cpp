#include "server/host/process/zygote_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "schema/model/error.h"
#include "schema/transport/system_error.h"
#include "server/host/process/zygote_messages.h"
#include "server/logging/log.h"

namespace tilework::host {
namespace {

// A fork takes a millisecond. Whoever waits for it waits for a process that may have been stopped.
constexpr timeval patience{1, 0};

}  // namespace

pid_t ZygoteProcess::spawn(const Inherited& inherited) {
  if (stage_ == Stage::none) start();
  if (is_ready()) {
    if (const pid_t pid = fork(inherited); pid > 0) return pid;
  }
  return host::spawn(program_, inherited);
}

void ZygoteProcess::start() {
  stage_ = Stage::failed;
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return;
  socket_ = kj::AutoCloseFd(pair[0]);
  const kj::AutoCloseFd theirs(pair[1]);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  try {
    pid_ = spawn_zygote(program_, theirs);
    stage_ = Stage::starting;
  } catch (const Error& error) {
    fail(error.what());
  }
}

bool ZygoteProcess::is_ready() {
  if (stage_ != Stage::starting) return stage_ == Stage::ready;
  ZygoteAnswer answer = 0;
  const auto size = ::recv(socket_, &answer, sizeof answer, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size != sizeof answer || answer != zygote_is_ready) {
    fail("it can't fork here");
    return false;
  }
  stage_ = Stage::ready;
  return true;
}

// Not a process's number: the zygote has failed.
pid_t ZygoteProcess::fork(const Inherited& inherited) {
  ZygoteAnswer answer = 0;
  if (!send(socket_, inherited) || ::recv(socket_, &answer, sizeof answer, 0) != sizeof answer) {
    fail(transport::words_of_error(errno));
    return -1;
  }
  if (answer < 0) fail_to_start("forked", -answer);
  return answer;
}

void ZygoteProcess::fail(const std::string& reason) {
  spdlog::warn("filter hosts are started one by one from now on zygote={} reason=\"{}\"", pid_, reason);
  end();
  stage_ = Stage::failed;
}

void ZygoteProcess::end() {
  socket_ = nullptr;
  const pid_t pid = std::exchange(pid_, -1);
  if (pid < 0) return;
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace tilework::host

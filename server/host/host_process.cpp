#include "server/host/host_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/model/error.h"

extern char** environ;

namespace tilework::host {
namespace {

// Of one host, between segments.
constexpr std::size_t idle_output_bytes = 16 << 20;

[[noreturn]] void fail(const std::string& doing, int error) {
  throw Error(Fault::failed, "a filter host can't be " + doing + ": " + std::strerror(error));
}

pid_t spawn(const std::string& program, int socket) {
  // dup2 of a descriptor to itself would leave it to be closed.
  const kj::AutoCloseFd high_socket(::fcntl(socket, F_DUPFD_CLOEXEC, 16));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, high_socket, inherited_socket);
  // Whatever libraries here have opened without O_CLOEXEC isn't the plugins' business.
  posix_spawn_file_actions_addclosefrom_np(&actions, inherited_socket + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // A group of its own: the terminal's Ctrl-C is for the parent, which ends its hosts.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::string name = program;
  std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail("started from " + program, error);
  return pid;
}

}  // namespace

HostProcess::HostProcess(kj::LowLevelAsyncIoProvider& io, const std::string& program)
    : outputs_(idle_output_bytes), client_(nullptr) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    fail("connected", errno);
  }
  kj::AutoCloseFd ours(pair[0]);
  const kj::AutoCloseFd theirs(pair[1]);
  pid_ = spawn(program, theirs);
  connection_ = kj::heap<transport::Connection>(
      io.wrapUnixSocketFd(ours.release(), kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                                              kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                                              kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK),
      capnp::rpc::twoparty::Side::CLIENT, transport::nothing(), transport::Descriptors::passed);
  client_ = connection_->bootstrap().castAs<rpc::FilterHost>();
  slabs_ = kj::heap<SlabSharer>(client_.slabsRequest().send().getTable());
}

HostProcess::~HostProcess() noexcept {
  end();
}

std::string HostProcess::end() {
  if (pid_ < 0) return "it had ended";
  // A process that is ending by itself keeps its own reason.
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) return "it called exit(" + std::to_string(WEXITSTATUS(status)) + ")";
  if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
    return std::string("it crashed (") + ::strsignal(WTERMSIG(status)) + ")";
  }
  return "it was ended";
}

}  // namespace tilework::host

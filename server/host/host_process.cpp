#include "server/host/host_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/system_error.h"

extern char** environ;

namespace tilework::host {
namespace {

// Of one host, between segments.
constexpr std::size_t idle_output_bytes = 16 << 20;

// For what a cgroup counts besides: the tiles that the host is given to write, and the kernel's own.
constexpr std::uint64_t room_in_cgroup = 256 << 20;

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string reason_of(int status, const HostLimits& limits, const MemoryCgroup* cgroup) {
  std::string over = "it ran over its memory limit of " + std::to_string(limits.memory_bytes >> 20) + " MiB";
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) == exit_over_memory) return over;
    if (WEXITSTATUS(status) == exit_wrote_outside) return "it wrote outside its tile";
    return "it called exit(" + std::to_string(WEXITSTATUS(status)) + ")";
  }
  if (!WIFSIGNALED(status)) return "it was ended";
  if (WTERMSIG(status) == SIGSYS) return "it tried to start a process, which filters may not";
  if (WTERMSIG(status) != SIGKILL) return std::string("it crashed (") + ::strsignal(WTERMSIG(status)) + ")";
  return cgroup != nullptr && cgroup->ran_over() ? over : "it was ended";
}

[[noreturn]] void fail(const std::string& doing, int error) {
  throw Error(Fault::machine, "a filter host can't be " + doing + ": " + transport::words_of_error(error));
}

pid_t spawn(const HostProgram& program, int socket) {
  // dup2 of a descriptor to itself would leave it to be closed.
  const kj::AutoCloseFd high_socket(::fcntl(socket, F_DUPFD_CLOEXEC, 16));
  if (high_socket.get() < 0) fail("connected", errno);
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
  std::string name = program.path;
  std::string memory = std::to_string(program.limits.memory_bytes);
  std::array<char*, 3> arguments{name.data(), memory.data(), nullptr};
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program.path.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail("started from " + program.path, error);
  return pid;
}

}  // namespace

HostProcess::HostProcess(kj::LowLevelAsyncIoProvider& io, const HostProgram& program)
    : limits_(program.limits), outputs_(idle_output_bytes), client_(nullptr) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    fail("connected", errno);
  }
  kj::AutoCloseFd ours(pair[0]);
  const kj::AutoCloseFd theirs(pair[1]);
  pid_ = spawn(program, theirs);
  cgroup_ = MemoryCgroup::make(limits_.memory_bytes + room_in_cgroup);
  if (cgroup_ && !cgroup_->add(pid_)) cgroup_ = nullptr;
  connection_ = kj::heap<transport::Connection>(
      io.wrapUnixSocketFd(ours.release(), kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                                              kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                                              kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK),
      capnp::rpc::twoparty::Side::CLIENT, transport::nothing(), transport::Descriptors::passed);
  client_ = connection_->bootstrap().castAs<rpc::FilterHost>();
  auto answer = client_.slabsRequest().send();
  slabs_ = kj::heap<SlabSharer>(answer.getTable());
  coming_up_ = answer.then([this](auto&&) { came_up_ = true; }).eagerlyEvaluate([](kj::Exception&&) {});
}

HostProcess::~HostProcess() noexcept {
  if (pid_ >= 0) end_in_thread([](const auto&) {});
}

kj::Promise<std::string> HostProcess::end() {
  if (pid_ < 0) return std::string("it had ended");
  auto pair = kj::newPromiseAndCrossThreadFulfiller<std::string>();
  // Shared because std::thread takes nothing whose destructor may throw.
  auto told = std::make_shared<decltype(pair.fulfiller)>(kj::mv(pair.fulfiller));
  end_in_thread([told](std::string reason) { (*told)->fulfill(kj::mv(reason)); });
  return kj::mv(pair.promise);
}

// A process that is ending by itself keeps its own reason. The kernel takes a while to get gigabytes back,
// and the event loop has better to do.
void HostProcess::end_in_thread(std::function<void(std::string)> tell) {
  const pid_t pid = std::exchange(pid_, -1);
  ::kill(pid, SIGKILL);
  std::thread([pid, limits = limits_, cgroup = std::move(cgroup_), tell = std::move(tell)]() mutable {
    const int status = wait_for(pid);
    tell(reason_of(status, limits, cgroup.get()));
    cgroup.reset();
  }).detach();
}

}  // namespace tilework::host

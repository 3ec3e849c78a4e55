#include "server/host/process/host_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>

#include "schema/transport/work_threads.h"
#include "server/host/process/host_end.h"

namespace tilework::host {
namespace {

// For what a cgroup counts besides: the tiles that the host is given to write, and the kernel's own.
constexpr std::uint64_t room_in_cgroup = 256 << 20;

#if defined(__SANITIZE_THREAD__)
constexpr nlink_t own_threads = 2;  // the sanitizer has one
#else
constexpr nlink_t own_threads = 1;
#endif

}  // namespace

HostProcess::HostProcess(kj::LowLevelAsyncIoProvider& io, ZygoteProcess& zygote)
    : limits_(zygote.program().limits),
      output_(kj::heap<HostOutput>(io, zygote.program().said)),
      client_(nullptr) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    fail_to_start("connected", errno);
  }
  kj::AutoCloseFd ours(pair[0]);
  socket_ = ours;
  const kj::AutoCloseFd theirs(pair[1]);
  cgroup_ = HostCgroup::make({limits_.memory_bytes + room_in_cgroup, limits_.threads});
  pid_ = zygote.spawn({theirs, output_->its_end(), cgroup_ ? cgroup_->invitation() : ""});
  output_->read_from(pid_);
  connection_ = kj::heap<transport::Connection>(
      io.wrapUnixSocketFd(ours.release(), kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP |
                                              kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC |
                                              kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK),
      capnp::rpc::twoparty::Side::CLIENT, transport::nothing(), budget_, transport::Descriptors::passed);
  rest(true);
  connection_->on_fault([this](const std::string& why) { fault_ = why; });
  client_ = connection_->bootstrap().castAs<rpc::FilterHost>();
  auto answer = client_.slabsRequest().send();
  slabs_ = kj::heap<SlabSharer>(answer.getTable());
  files_ = kj::heap<FileSharer>(client_);
  coming_up_ = answer.then([this](auto&&) { came_up_ = true; }).eagerlyEvaluate([](kj::Exception&&) {});
}

HostProcess::~HostProcess() noexcept {
  if (pid_ >= 0) end_in_thread([](const auto&) {});
}

void HostProcess::rest(bool is_at_rest) {
  constexpr std::uint64_t least_bytes = 64 << 10;
  if (is_at_rest) written_ = nullptr;
  budget_->message_bytes = is_at_rest ? least_bytes : transport::host_budget.message_bytes;
}

kj::Duration HostProcess::processor_time() const {
  clockid_t clock{};
  timespec time{};
  if (pid_ < 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return 0 * kj::NANOSECONDS;
  }
  return time.tv_sec * kj::SECONDS + time.tv_nsec * kj::NANOSECONDS;
}

bool HostProcess::has_threads() const {
  struct stat info {};
  const std::string threads = "/proc/" + std::to_string(pid_) + "/task";
  if (pid_ < 0) return false;
  // Who hasn't been waited for is there. Where that can't be seen (hidepid), the worst is assumed.
  if (::stat(threads.c_str(), &info) != 0) return true;
  return info.st_nlink > own_threads + 2;  // the folder's links are its name, its dot and its subfolders
}

kj::Promise<std::string> HostProcess::end() {
  if (pid_ < 0) return std::string("it had ended");
  auto pair = kj::newPromiseAndCrossThreadFulfiller<std::string>();
  // Shared because std::thread takes nothing whose destructor may throw.
  auto told = std::make_shared<decltype(pair.fulfiller)>(kj::mv(pair.fulfiller));
  end_in_thread([told, fault = fault_](std::string reason) {
    (*told)->fulfill(fault.empty() ? std::move(reason) : std::string(fault));
  });
  return kj::mv(pair.promise);
}

// The kernel takes a while to get gigabytes back, and the event loop has better to do.
void HostProcess::end_in_thread(std::function<void(std::string)> tell) {
  const pid_t pid = std::exchange(pid_, -1);
  const bool is_killed = !has_hung_up(socket_);
  if (is_killed) ::kill(pid, SIGKILL);
  transport::run_apart([pid, is_killed, limits = limits_, log_rest = output_->stop(),
                        cgroup = std::move(cgroup_), held = std::move(held_), written = std::move(written_),
                        tell = std::move(tell)]() mutable {
    const std::string how = end_of_host(pid, is_killed, limits, cgroup.get());
    log_rest();
    tell(how);
    written.reset();
    held.reset();
    cgroup.reset();
  });
}

}  // namespace tilework::host

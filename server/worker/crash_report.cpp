#include "server/worker/crash_report.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <istream>

#include <kj/async-io.h>
#include <kj/encoding.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/master.capnp.h"
#include "schema/transport/connect.h"
#include "schema/transport/connection.h"
#include "schema/transport/endpoint.h"

extern char** environ;

namespace tilework::worker {
namespace {

// What fits into a pipe without a reader.
constexpr std::size_t most_bytes = 4096;

struct Lines {
  std::array<char, most_bytes> text;
  std::size_t size;
};

// The handler's, which can be called between any two instructions: while one is written, it reads the other.
std::array<Lines, 2> both;
std::atomic<const Lines*> prepared{nullptr};

std::array<struct sigaction, 32> earlier;  // by signal

// Everything from here to on_crash() is async-signal-safe.

[[noreturn]] void become_farewell(int signal, const Lines& lines) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) ::_exit(1);
  if (::write(pipe[1], lines.text.data(), lines.size) < 0) ::_exit(1);
  ::close(pipe[1]);
  ::dup2(pipe[0], STDIN_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::array<char, 3> number{static_cast<char>('0' + signal / 10), static_cast<char>('0' + signal % 10), 0};
  char program[] = "tilework-server", command[] = "farewell";
  std::array<char*, 4> arguments{program, command, number.data(), nullptr};
  ::execve("/proc/self/exe", arguments.data(), environ);
  ::_exit(1);
}

void wait_for(pid_t child) {
  const timespec pause{0, 10'000'000};
  for (int i = 0; i < 100 && ::waitpid(child, nullptr, WNOHANG) == 0; ++i) ::nanosleep(&pause, nullptr);
}

// The signal's action is what it was before, and it comes again after this: by the same instruction, or,
// where it was sent, by hand.
void on_crash(int signal, siginfo_t* info, void*) {
  ::sigaction(signal, &earlier.at(static_cast<std::size_t>(signal)), nullptr);
  if (const Lines* lines = prepared.exchange(nullptr)) {
    // Not fork(), which runs what libraries have registered.
    const auto child = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (child == 0) become_farewell(signal, *lines);
    if (child > 0) wait_for(child);
  }
  if (info->si_code <= 0) ::raise(signal);
}

kj::Promise<void> send_farewell(kj::AsyncIoProvider& io, const std::string& master, const std::string& key,
                                const std::string& how) {
  return transport::connect(io.getNetwork(), io.getTimer(), transport::parse_endpoint(master),
                            300 * kj::MILLISECONDS)
      .then([key, how](kj::Own<kj::AsyncIoStream>&& stream) {
        auto connection =
            kj::heap<transport::Connection>(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT,
                                            transport::nothing(), transport::fixed(transport::master_budget));
        auto request = connection->bootstrap().castAs<rpc::Master>().farewellRequest();
        request.setKey(kj::decodeHex(kj::StringPtr(key.c_str())));
        request.setHow(how);
        return request.send().ignoreResult().attach(kj::mv(connection));
      });
}

}  // namespace

void report_crashes() {
  static std::array<std::byte, 64 << 10> stack;
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
    ::sigaction(signal, &action, &earlier.at(static_cast<std::size_t>(signal)));
  }
}

void prepare_farewells(const std::string& lines) {
  Lines& next = prepared.load() == &both[0] ? both[1] : both[0];
  next.size = std::min(lines.size(), most_bytes);
  std::memcpy(next.text.data(), lines.data(), next.size);
  prepared.store(&next);
}

void send_farewells(std::istream& lines, int signal) {
  const std::string how = std::string("it crashed (") + ::strsignal(signal) + ")";
  auto io = kj::setupAsyncIo();
  auto& timer = io.provider->getTimer();
  kj::Vector<kj::Promise<void>> sent;
  for (std::string master, key; lines >> master >> key;) {
    sent.add(timer.timeoutAfter(900 * kj::MILLISECONDS, send_farewell(*io.provider, master, key, how))
                 .catch_([](kj::Exception&&) {}));
  }
  kj::joinPromises(sent.releaseAsArray()).wait(io.waitScope);
}

}  // namespace tilework::worker

#include "tools/plugin_check/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tilework::plugin_check {
namespace {

using Clock = std::chrono::steady_clock;

// The last line of a child that came to its end. No message looks like it: they are JSON.
constexpr std::string_view came_to_its_end = ".";

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

[[noreturn]] void fail(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

void write_line(int pipe, const std::string& line) {
  const std::string bytes = line + "\n";
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(pipe, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno != EINTR) ::_exit(1);  // the parent has gone
    if (written > 0) done += static_cast<std::size_t>(written);
  }
}

[[noreturn]] void be_the_child(int pipe, const std::function<void(const Send&)>& body) {
  ::setpgid(0, 0);  // so that its own children can be killed with it
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core_dumps{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core_dumps);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  body([pipe](const std::string& line) { write_line(pipe, line); });
  write_line(pipe, std::string(came_to_its_end));
  ::_exit(0);  // plugins' destructors have no say
}

// Reads lines until the child has ended; false when nothing came for longer than `limit`. A process that the
// child leaves behind may hold the pipe open, so `child` (a pidfd, or negative) tells its end as well.
bool read_lines(int pipe, int child, std::chrono::milliseconds limit,
                const std::function<void(const std::string&)>& on_line) {
  std::string pending;
  std::array<char, 4096> buffer{};
  auto end = Clock::now() + limit;
  bool ended = false;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    std::array<pollfd, 2> both{{{pipe, POLLIN, 0}, {child, POLLIN, 0}}};
    const int wait_ms = static_cast<int>(std::clamp<long>(left.count(), 0, 1 << 30));
    const int ready = ended ? ::poll(both.data(), 1, 0) : ::poll(both.data(), both.size(), wait_ms);
    if (ready < 0 && errno != EINTR) fail("poll");
    if (ready == 0) return ended;
    if (ready < 0) continue;
    if (both[0].revents == 0) {  // it may have sent its last words after the pipe was looked at: once more
      ended = true;
      continue;
    }
    const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) fail("read");
    if (got == 0) return true;
    if (got < 0) continue;
    pending.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t at = 0; (at = pending.find('\n')) != std::string::npos; pending.erase(0, at + 1)) {
      on_line(pending.substr(0, at));
    }
    end = Clock::now() + limit;
  }
}

std::string words_of(int status) {
  if (WIFEXITED(status)) return "it called exit(" + std::to_string(WEXITSTATUS(status)) + ")";
  if (WTERMSIG(status) == SIGKILL) return "it was killed; did memory run out?";
  return std::string("it crashed (") + ::strsignal(WTERMSIG(status)) + ")";
}

std::string text_of(std::chrono::milliseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g s", std::chrono::duration<double>(time).count());
  return text.data();
}

}  // namespace

Ending run_in_child(std::chrono::milliseconds limit, const std::function<void(const Send&)>& body,
                    const std::function<void(const std::string& line)>& on_line) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  // What waits here would be printed again by a child that calls exit().
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) be_the_child(to.number(), body);
  ::setpgid(child, child);  // also here: whoever comes first
  to.close();
  // By number: glibc 2.36 declares pidfd_open() for C alone.
  const Descriptor child_end(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));

  bool complete = false;
  const bool in_time = read_lines(from.number(), child_end.number(), limit, [&](const std::string& line) {
    if (line == came_to_its_end) {
      complete = true;
    } else {
      on_line(line);
    }
  });
  // A process that is ending by itself keeps its own reason.
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (complete) return {};
  if (!in_time) return {Ending::Kind::overdue, "it took longer than " + text_of(limit)};
  return {Ending::Kind::broken, words_of(status)};
}

}  // namespace tilework::plugin_check

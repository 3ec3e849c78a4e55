#include "client/session/local_cluster.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/session/temporary_folder.h"
#include "schema/model/error.h"

extern char** environ;

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

constexpr auto look_interval = std::chrono::milliseconds(5);
constexpr auto patience_at_end = std::chrono::seconds(5);

// A name without a slash is searched in $PATH.
fs::path find_server() {
  std::error_code error;
  const auto beside = fs::read_symlink("/proc/self/exe", error).replace_filename("tilework-server");
  return !error && ::access(beside.c_str(), X_OK) == 0 ? beside : fs::path("tilework-server");
}

// Returns the process, or throws.
pid_t spawn(const std::vector<std::string>& words, const fs::path& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!log.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
  }
  // Standard output is for what the user asked for.
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // A group of its own: the terminal's Ctrl-C is for us, and we end the server.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw Error(Fault::unreachable, "no private cluster can be started: " + words[0] + ": " +
                                        std::generic_category().message(error) +
                                        "; install tilework-server, or name a master with --master");
  }
  return pid;
}

}  // namespace

LocalCluster::LocalCluster(const LocalClusterOptions& options, const std::stop_token& stop)
    : folder_(make_temporary_folder("tilework-", "the private cluster")) {
  try {
    start(options);
    wait_until_ready(options, stop);
  } catch (...) {
    end();
    throw;
  }
}

LocalCluster::~LocalCluster() {
  end();
}

void LocalCluster::start(const LocalClusterOptions& options) {
  const fs::path server = options.server.empty() ? find_server() : options.server;
  const std::vector<std::string> words{server,    "local",           "--port",
                                       "0",       "--ready-file",    folder_ / "ready",
                                       "--state", folder_ / "state", "--die-with-parent"};
  const fs::path log = options.show_log ? fs::path() : folder_ / "log";
  std::promise<pid_t> started;
  std::promise<void> ended;
  auto pid = started.get_future();
  ended_ = ended.get_future();
  keeper_ = std::thread([&words, &log, started = std::move(started), ended = std::move(ended)]() mutable {
    pid_t child = -1;
    try {
      child = spawn(words, log);
    } catch (...) {
      started.set_exception(std::current_exception());
      return;
    }
    started.set_value(child);
    // Not reaped here, so that its id stays its own until end().
    siginfo_t info;
    while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    ended.set_value();
  });
  pid_ = pid.get();
}

void LocalCluster::wait_until_ready(const LocalClusterOptions& options, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + options.start_timeout;
  const fs::path ready = folder_ / "ready";
  while (!fs::exists(ready)) {
    if (stop.stop_requested()) throw Error(Fault::cancelled, "cancelled");
    if (ended_.wait_for(look_interval) == std::future_status::ready) {
      throw Error(Fault::unreachable, "the private cluster ended while it started: " + last_words());
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(Fault::unreachable, "the private cluster did not start in time: " + last_words());
    }
  }
  std::string address;
  std::getline(std::ifstream(ready) >> std::ws, address);
  endpoint_ = transport::parse_endpoint(address);
}

// The end of the server's log, in a line.
std::string LocalCluster::last_words() const {
  std::ifstream log(folder_ / "log");
  std::array<std::string, 3> last;
  for (std::string line; std::getline(log, line);) {
    if (line.empty()) continue;
    std::rotate(last.begin(), last.begin() + 1, last.end());
    last.back() = line;
  }
  std::string text;
  for (const auto& line : last) text += (text.empty() || line.empty() ? "" : " | ") + line;
  return text.empty() ? "it said nothing (try -v)" : text;
}

void LocalCluster::end() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    if (ended_.wait_for(patience_at_end) != std::future_status::ready) ::kill(pid_, SIGKILL);
  }
  if (keeper_.joinable()) keeper_.join();
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace tilework::client

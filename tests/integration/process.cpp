#include "tests/integration/process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace tilework::test {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log) : log_(log) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (log.string() + ".out").c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (log.string() + ".err").c_str(), flags, 0600);
  const int error = ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(words.front() + ": " + std::strerror(error));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), log_(std::move(other.log_)) {}

Process::~Process() {
  if (pid_ > 0 && !status_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
}

void Process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

int Process::wait() {
  int status = 0;
  if (!status_) {
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return *status_;
}

bool Process::running() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return !status_;
}

std::string Process::output() const {
  return read_file(log_.string() + ".out");
}
std::string Process::errors() const {
  return read_file(log_.string() + ".err");
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  const std::string process = "/proc/" + std::to_string(parent);
  std::ifstream list(process + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

std::vector<pid_t> filter_hosts_of(pid_t server) {
  auto hosts = children_of(server);
  std::erase_if(hosts, [](pid_t child) {
    const auto words = read_file("/proc/" + std::to_string(child) + "/cmdline");
    return words.find("zygote") != std::string::npos;
  });
  return hosts;
}

std::vector<std::string> with_descriptors(unsigned limit, std::vector<std::string> command) {
  command.insert(command.begin(),
                 {"/bin/sh", "-c", "ulimit -n " + std::to_string(limit) + " && exec \"$@\"", "sh"});
  return command;
}

Finished run(const std::vector<std::string>& command, const std::filesystem::path& log) {
  Process process(command, log);
  const int code = process.wait();
  return {code, process.output(), process.errors()};
}

}  // namespace tilework::test

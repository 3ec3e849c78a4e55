// A child process of a test: started with its output in files, ended with its owner. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tilework::test {

class Process {
 public:
  // Standard output and error go to `log`.out and `log`.err. Throws std::runtime_error.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log);
  // Kills it, if it still runs.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Waits for its end; its exit code, or 128 and the signal's number.
  int wait();
  bool running();

  std::string output() const;
  std::string errors() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::filesystem::path log_;
};

struct Finished {
  int code;
  std::string output;
  std::string errors;
};

// The processes that one has started and that live.
std::vector<pid_t> children_of(pid_t parent);
// Those that are filter hosts, and not the zygote that they come from.
std::vector<pid_t> filter_hosts_of(pid_t server);

// The command, with at most so many file descriptors, which it can't raise.
std::vector<std::string> with_descriptors(unsigned limit, std::vector<std::string> command);

// Runs a command to its end.
Finished run(const std::vector<std::string>& command, const std::filesystem::path& log);

}  // namespace tilework::test

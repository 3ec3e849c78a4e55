#include "server/host/process/spawn.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <kj/io.h>
#include <spawn.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/system_error.h"

namespace tilework::host {
namespace {

// Above whatever a host inherits.
constexpr int out_of_the_way = 16;

// Words of the parent's environment that a host gets: where libraries are, and what sanitizers are told.
constexpr std::array handed_on {
  "LD_LIBRARY_PATH",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
      "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
#endif
};

// What stands in a server's environment may be secret. A host runs on one core, so OpenMP starts no threads.
std::vector<std::string> environment_of_host() {
  std::vector<std::string> words{"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "OMP_NUM_THREADS=1"};
  for (const char* name : handed_on) {
    if (const char* value = std::getenv(name)) words.push_back(std::string(name) + "=" + value);
  }
  return words;
}

// As execve(2) takes them; the words must outlive it.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Which descriptors the child has, and nothing else: whatever libraries here have opened without O_CLOEXEC
// isn't the plugins' business.
class Descriptors {
 public:
  Descriptors(int socket, int output)
      // dup2 of a descriptor to itself would leave it to be closed.
      : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, out_of_the_way)),
        output_(::fcntl(output, F_DUPFD_CLOEXEC, out_of_the_way)) {
    if (socket_.get() < 0 || output_.get() < 0) fail_to_start("connected", errno);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output_, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output_, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, socket_, inherited_socket);
    posix_spawn_file_actions_addclosefrom_np(&actions_, inherited_socket + 1);
  }
  ~Descriptors() { posix_spawn_file_actions_destroy(&actions_); }
  KJ_DISALLOW_COPY(Descriptors);

  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  kj::AutoCloseFd socket_;
  kj::AutoCloseFd output_;
  posix_spawn_file_actions_t actions_{};
};

std::string memory_of(const HostProgram& program) {
  return std::to_string(program.limits.memory_bytes);
}

pid_t start(const HostProgram& program, std::vector<std::string> arguments,
            std::vector<std::string> environment, const Descriptors& descriptors) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  // A group of its own: the terminal's Ctrl-C is for the parent, which ends its hosts.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.path.c_str(), descriptors.actions(), &attributes,
                                  pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) fail_to_start("started from " + program.path, error);
  return pid;
}

}  // namespace

void fail_to_start(const std::string& doing, int error) {
  throw Error(Fault::machine, "a filter host can't be " + doing + ": " + transport::words_of_error(error));
}

pid_t spawn(const HostProgram& program, const Inherited& inherited) {
  auto environment = environment_of_host();
  if (!inherited.cgroups.empty()) environment.push_back(inherited.cgroups);
  return start(program, {program.path, memory_of(program)}, std::move(environment),
               Descriptors(inherited.socket, inherited.output));
}

pid_t spawn_zygote(const HostProgram& program, int socket) {
  const kj::AutoCloseFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  return start(program, {program.path, memory_of(program), zygote_word}, environment_of_host(),
               Descriptors(socket, nowhere));
}

}  // namespace tilework::host

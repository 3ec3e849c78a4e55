#include "server/supervisor.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/endpoint.h"
#include "server/host/cgroups/host_cgroup.h"
#include "server/logging/log.h"

extern char** environ;

namespace tilework::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int child_listener = 3;  // where the master finds its socket
constexpr auto restart_pause = std::chrono::milliseconds(200);
constexpr auto stop_patience = std::chrono::seconds(3);

struct Role {
  std::string name;
  std::vector<std::string> arguments;
};

class Supervisor {
 public:
  explicit Supervisor(const LocalOptions& options) : options_(options), listener_(io_) {
    listen();
    const auto address = transport::Endpoint{options_.host, listener_.local_endpoint().port()}.text();
    Role master{"master", {"master", "--listen-fd", std::to_string(child_listener)}};
    append(master.arguments, options_.master_arguments);
    roles_.push_back(std::move(master));
    for (unsigned i = 1; i <= options_.workers; ++i) {
      Role worker{"worker-" + std::to_string(i),
                  {"worker", "--master", address, "--name", "local-" + std::to_string(i)}};
      append(worker.arguments, options_.worker_arguments);
      roles_.push_back(std::move(worker));
    }
    spdlog::info("local cluster address={} workers={}", address, options_.workers);
  }

  int run() {
    signals_.add(SIGHUP);
    await_signals();
    for (const auto& role : roles_) start(role);
    io_.run();
    return code_;
  }

 private:
  static void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  // The socket is made here, so that a master that is started again has the same address.
  void listen() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.host, error);
    if (error)
      throw UserError(options_.host + " is no address to listen on; give a number such as 127.0.0.1");
    const tcp::endpoint endpoint(address, options_.port);
    listener_.open(endpoint.protocol());
    listener_.set_option(tcp::acceptor::reuse_address(true));
    listener_.bind(endpoint, error);
    if (!error) listener_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      throw UserError(transport::Endpoint{options_.host, options_.port}.text() + " can't be listened on: " +
                      error.message() + "; choose another with --port, or 0 for any that is free");
    }
  }

  void await_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGCHLD) {
        reap();
      } else if (signal == SIGHUP && options_.hung_up) {
        options_.hung_up();
        for (const auto& [pid, role] : children_) ::kill(pid, SIGHUP);
      } else {
        if (!stopping_) spdlog::info("local cluster stops signal={}", ::strsignal(signal));
        stop();
      }
      if (!stopping_ || !children_.empty()) await_signals();
    });
  }

  void start(const Role& role) {
    std::vector<std::string> words{options_.program};
    append(words, role.arguments);
    words.push_back("--die-with-parent");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int listener = ::fcntl(listener_.native_handle(), F_DUPFD_CLOEXEC, 16);
    if (role.name == "master") posix_spawn_file_actions_adddup2(&actions, listener, child_listener);
    pid_t pid = -1;
    const int error =
        ::posix_spawn(&pid, options_.program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(listener);
    if (error != 0)
      throw Error(Fault::failed, "a process can't be started: " + std::string(std::strerror(error)));
    children_.emplace(pid, &role);
    spdlog::info("started role={} pid={}", role.name, pid);
  }

  void reap() {
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
      const auto found = children_.find(pid);
      if (found == children_.end()) continue;
      const Role& role = *found->second;
      children_.erase(found);
      host::HostCgroup::remove_made_by(pid);
      if (stopping_) {
        note_bad_end(role, pid, status);
        continue;
      }
      spdlog::warn("process ended role={} pid={} {}", role.name, pid, how(status));
      if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {  // it doesn't like its options; it never will
        code_ = 2;
        stop();
        continue;
      }
      auto timer = std::make_shared<asio::steady_timer>(io_, restart_pause);
      timer->async_wait([this, timer, &role](const boost::system::error_code&) {
        if (!stopping_) start(role);
      });
    }
    if (stopping_ && children_.empty()) io_.stop();
  }

  static std::string how(int status) {
    return WIFSIGNALED(status) ? "signal=" + std::to_string(WTERMSIG(status))
                               : "exit=" + std::to_string(WEXITSTATUS(status));
  }

  // All were told to stop. One that ends in another way has a fault that its log may not show; one that had
  // just been started may not have listened yet.
  void note_bad_end(const Role& role, pid_t pid, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) return;
    spdlog::error("process ended badly while stopping role={} pid={} {}", role.name, pid, how(status));
    if (code_ == 0) code_ = 4;
  }

  void stop() {
    stopping_ = true;
    for (const auto& [pid, role] : children_) ::kill(pid, SIGTERM);
    if (children_.empty()) io_.stop();
    patience_.expires_after(stop_patience);
    patience_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      for (const auto& [pid, role] : children_) ::kill(pid, SIGKILL);
    });
  }

  const LocalOptions& options_;
  asio::io_context io_;
  tcp::acceptor listener_;
  asio::signal_set signals_{io_, SIGCHLD, SIGINT, SIGTERM};
  asio::steady_timer patience_{io_};
  std::vector<Role> roles_;
  std::map<pid_t, const Role*> children_;
  bool stopping_ = false;
  int code_ = 0;
};

}  // namespace

int run_local(const LocalOptions& options) {
  return Supervisor(options).run();
}

}  // namespace tilework::server

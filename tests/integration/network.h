// Machines on one machine: network namespaces that are joined by virtual links, made for a test and gone with
// it. Needs root. One thread.
#pragma once

#include <string>
#include <vector>

namespace tilework::test {

class Network {
 public:
  // Whether this process may make one.
  static bool is_possible();

  // A namespace for each name, with an address of its own. Throws std::runtime_error.
  explicit Network(std::vector<std::string> machines);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::string address(const std::string& machine) const;
  // The command that runs `command` on that machine.
  std::vector<std::string> on(const std::string& machine, std::vector<std::string> command) const;
  // Pulls the machine's cable.
  void cut(const std::string& machine);
  // What each machine sends and gets, as tc(8) writes rates.
  void limit(const std::string& rate);

 private:
  std::string space(const std::string& machine) const;
  void remove();

  std::vector<std::string> machines_;
};

}  // namespace tilework::test

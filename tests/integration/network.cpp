#include "tests/integration/network.h"

#include <algorithm>
#include <stdexcept>

#include <unistd.h>

#include "tests/integration/process.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {
namespace {

// The bridge's own namespace, so that this machine's network stays as it is.
const std::string hub = "hub";

// Returns whether it worked.
bool call(const std::string& program, std::vector<std::string> words) {
  const TempDir folder;
  words.insert(words.begin(), program);
  return run(words, folder.path() / "log").code == 0;
}

void must(const std::string& program, const std::vector<std::string>& words) {
  if (call(program, words)) return;
  std::string text = program;
  for (const auto& word : words) text += " " + word;
  throw std::runtime_error("failed: " + text);
}

const std::string ip = "/usr/sbin/ip";
const std::string tc = "/usr/sbin/tc";

}  // namespace

bool Network::is_possible() {
  const std::string name = "tilework-probe-" + std::to_string(::getpid());
  if (::geteuid() != 0 || ::access(ip.c_str(), X_OK) != 0 || !call(ip, {"netns", "add", name})) return false;
  const bool has_links =
      call(ip, {"-n", name, "link", "add", "name", "left", "type", "veth", "peer", "name", "right"}) &&
      call(ip, {"-n", name, "link", "add", "name", "middle", "type", "bridge"});
  call(ip, {"netns", "del", name});
  return has_links;
}

Network::Network(std::vector<std::string> machines) : machines_(std::move(machines)) {
  try {
    must(ip, {"netns", "add", space(hub)});
    must(ip, {"-n", space(hub), "link", "add", "name", "bridge", "type", "bridge"});
    must(ip, {"-n", space(hub), "link", "set", "dev", "bridge", "up"});
    for (const auto& machine : machines_) {
      const std::string there = space(machine);
      must(ip, {"netns", "add", there});
      must(ip, {"-n", there, "link", "add", "name", "eth0", "type", "veth", "peer", "name", machine, "netns",
                space(hub)});
      must(ip, {"-n", space(hub), "link", "set", "dev", machine, "master", "bridge", "up"});
      must(ip, {"-n", there, "address", "add", address(machine) + "/24", "dev", "eth0"});
      must(ip, {"-n", there, "link", "set", "dev", "eth0", "up"});
      must(ip, {"-n", there, "link", "set", "dev", "lo", "up"});
    }
  } catch (...) {
    remove();
    throw;
  }
}

Network::~Network() {
  remove();
}

// The links go with their namespaces.
void Network::remove() {
  for (const auto& machine : machines_) call(ip, {"netns", "del", space(machine)});
  call(ip, {"netns", "del", space(hub)});
}

std::string Network::space(const std::string& machine) const {
  return "tilework-" + std::to_string(::getpid()) + "-" + machine;
}

std::string Network::address(const std::string& machine) const {
  const auto index = std::ranges::find(machines_, machine) - machines_.begin();
  return "10.77.0." + std::to_string(index + 1);
}

std::vector<std::string> Network::on(const std::string& machine, std::vector<std::string> command) const {
  command.insert(command.begin(), {ip, "netns", "exec", space(machine)});
  return command;
}

void Network::cut(const std::string& machine) {
  must(ip, {"-n", space(hub), "link", "set", "dev", machine, "down"});
}

void Network::limit(const std::string& rate) {
  const std::vector<std::string> shape{"root", "tbf", "rate", rate, "burst", "256kb", "latency", "50ms"};
  for (const auto& machine : machines_) {
    for (const auto& [where, device] :
         {std::pair(space(machine), std::string("eth0")), std::pair(space(hub), machine)}) {
      std::vector<std::string> words{"-n", where, "qdisc", "replace", "dev", device};
      words.insert(words.end(), shape.begin(), shape.end());
      must(tc, words);
    }
  }
}

}  // namespace tilework::test

#include "tests/hostile/server_state.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/process.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(pid_t process) {
  return "/proc/" + std::to_string(process);
}

// A number that proc(5) tells of a process, as "Threads"; of memory in KiB.
std::size_t told(pid_t process, const std::string& name) {
  std::ifstream status(folder_of(process) / "status");
  for (std::string word; status >> word;) {
    if (std::size_t number = 0; word == name + ":" && status >> number) return number;
  }
  return 0;
}

// While one looks, some are closed.
void count_descriptors(pid_t server, ServerState& state) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder_of(server) / "fd", error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    const auto target = fs::read_symlink(entry->path(), gone).string();
    ++(target.find("tilework-slab") != std::string::npos ? state.slabs : state.descriptors);
  }
}

// Also of children's children: no host may have any.
void add_hosts(pid_t process, std::vector<pid_t>& found) {
  for (const pid_t child : children_of(process)) {
    found.push_back(child);
    add_hosts(child, found);
  }
}

bool is_strange(pid_t process) {
  std::string id, name, state;
  std::ifstream(folder_of(process) / "stat") >> id >> name >> state;
  return !name.empty() && (!name.starts_with("(tilework") || state == "Z" || state == "T");
}

std::size_t cgroups_of(pid_t server) {
  const std::string beginning = "tilework-host-" + std::to_string(server) + "-";
  std::size_t count = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator("/sys/fs/cgroup", error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    count += entry->path().filename().string().starts_with(beginning) ? 1 : 0;
  }
  return count;
}

}  // namespace

std::vector<pid_t> hosts_of(pid_t server) {
  std::vector<pid_t> found;
  add_hosts(server, found);
  return found;
}

// See clear_refs in proc(5).
void forget_peak(pid_t server) {
  std::ofstream(folder_of(server) / "clear_refs") << "5";
}

ServerState state_of(pid_t server) {
  ServerState state;
  count_descriptors(server, state);
  state.memory = told(server, "RssAnon") << 10;
  state.peak = told(server, "VmHWM") << 10;
  state.threads = told(server, "Threads");
  for (const pid_t host : hosts_of(server)) {
    ++state.hosts;
    state.strange += is_strange(host) ? 1 : 0;
  }
  state.cgroups = cgroups_of(server);
  std::error_code error;
  const auto log = fs::file_size(folder_of(server) / "fd/2", error);
  state.log = error ? 0 : log;
  return state;
}

std::string text_of(const ServerState& state) {
  std::ostringstream text;
  text << "descriptors=" << state.descriptors << " slabs=" << state.slabs
       << " memory=" << (state.memory >> 20) << "MiB peak=" << (state.peak >> 20)
       << "MiB threads=" << state.threads << " hosts=" << state.hosts << " strange=" << state.strange
       << " cgroups=" << state.cgroups << " log=" << state.log;
  return text.str();
}

}  // namespace tilework::test

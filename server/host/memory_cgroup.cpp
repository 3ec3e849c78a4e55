#include "server/host/memory_cgroup.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include <unistd.h>

namespace tilework::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "tilework-host-";

bool write_to(const fs::path& file, const std::string& text) {
  std::ofstream to(file);
  to << text << std::flush;
  return to.good();
}

// This process's own cgroup: "4:memory:/path" in version 1, "0::/path" in version 2 (cgroups(7)).
std::optional<fs::path> own_cgroup() {
  std::optional<fs::path> found;
  std::ifstream list("/proc/self/cgroup");
  for (std::string line; std::getline(list, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers == "memory") return "/sys/fs/cgroup/memory" + path;
    if (controllers.empty()) found = "/sys/fs/cgroup" + path;
  }
  return found;
}

// What servers have left that were killed.
void remove_forgotten(const fs::path& parent) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(parent, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with(prefix)) continue;
    const pid_t maker = std::atoi(name.c_str() + std::string(prefix).size());
    if (maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH) ::rmdir(entry->path().c_str());
  }
}

std::optional<fs::path> find_parent() {
  auto parent = own_cgroup();
  if (parent) remove_forgotten(*parent);
  return parent;
}

}  // namespace

std::unique_ptr<MemoryCgroup> MemoryCgroup::make(std::uint64_t bytes) {
  static const std::optional<fs::path> parent = find_parent();
  static std::atomic<unsigned> count{0};
  if (!parent) return nullptr;
  const fs::path folder = *parent / (prefix + std::to_string(::getpid()) + "-" + std::to_string(++count));
  std::error_code error;
  if (!fs::create_directory(folder, error)) return nullptr;
  std::unique_ptr<MemoryCgroup> made(new MemoryCgroup(folder));
  for (const char* limit : {"memory.max", "memory.limit_in_bytes"}) {
    if (fs::exists(folder / limit, error) && write_to(folder / limit, std::to_string(bytes))) return made;
  }
  return nullptr;
}

MemoryCgroup::~MemoryCgroup() {
  // The kernel may need a moment after the last process.
  for (int i = 0; i < 50 && ::rmdir(folder_.c_str()) != 0 && errno == EBUSY; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool MemoryCgroup::add(pid_t process) const {
  return write_to(folder_ / "cgroup.procs", std::to_string(process));
}

bool MemoryCgroup::ran_over() const {
  for (const char* file : {"memory.events", "memory.oom_control"}) {
    std::ifstream counts(folder_ / file);
    std::string name;
    for (std::uint64_t count = 0; counts >> name >> count;) {
      if (name == "oom_kill" && count > 0) return true;
    }
  }
  return false;
}

}  // namespace tilework::host

#include "server/host/memory_cgroup.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

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

std::vector<fs::path> folders_in(const fs::path& parent, const std::string& start) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (auto entry = fs::directory_iterator(parent, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(start)) folders.push_back(entry->path());
  }
  return folders;
}

// Numbers of processes are used again, and one that has ended keeps its own until its parent has looked.
bool is_another_server(pid_t process) {
  std::string status;  // "4711 (tilework-server) S ...", as in proc(5)
  std::getline(std::ifstream("/proc/" + std::to_string(process) + "/stat"), status);
  const std::string name = " (tilework-server) ";
  const auto at = status.find(name);
  return at != std::string::npos && status.find_first_of("ZX", at) != at + name.size() &&
         process != ::getpid();
}

// What servers have left that were killed. One that holds a process can't be removed.
void remove_forgotten(const fs::path& parent) {
  for (const auto& folder : folders_in(parent, prefix)) {
    const std::string name = folder.filename();
    if (!is_another_server(std::atoi(name.c_str() + std::strlen(prefix)))) ::rmdir(folder.c_str());
  }
}

// The kernel may need a moment after the last process.
void remove_folder(const fs::path& folder) {
  for (int i = 0; i < 50 && ::rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void end_processes(const fs::path& folder) {
  std::ifstream processes(folder / "cgroup.procs");
  for (pid_t process = 0; processes >> process;) ::kill(process, SIGKILL);
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
  remove_folder(folder_);
}

void MemoryCgroup::remove_made_by(pid_t maker) {
  const auto parent = own_cgroup();
  if (!parent) return;
  const auto folders = folders_in(*parent, prefix + std::to_string(maker) + "-");
  for (const auto& folder : folders) end_processes(folder);
  for (const auto& folder : folders) remove_folder(folder);
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

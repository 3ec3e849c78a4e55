#include "server/host/cgroups/cgroup_folders.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include <unistd.h>

namespace tilework::host {
namespace {

namespace fs = std::filesystem;

const fs::path mounted_at = "/sys/fs/cgroup";

bool is_wanted(const std::string& controller) {
  return controller == "memory" || controller == "pids" || controller == "cpu";
}

// A line of /proc/PID/cgroup: "4:memory:/path" in version 1, "0::/path" in version 2.
struct Line {
  std::set<std::string> controllers;
  std::string path;
};

std::optional<Line> read_line(const std::string& text) {
  const auto first = text.find(':');
  const auto second = text.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  Line line{{}, text.substr(second + 1)};
  std::istringstream names(text.substr(first + 1, second - first - 1));
  for (std::string name; std::getline(names, name, ',');) line.controllers.insert(name);
  return line;
}

// "/a/b" and "/" below a mount: without a slash at the end.
fs::path below(const fs::path& mount, const std::string& path) {
  return path == "/" ? mount : fs::path(mount.string() + path);
}

// What stands for version 2: the mount itself, or a part of it where version 1 is in use as well.
fs::path unified_below(const fs::path& mounted) {
  return fs::exists(mounted / "cgroup.controllers") ? mounted : mounted / "unified";
}

CgroupPlace unified_place(const fs::path& mounted, const std::string& path) {
  CgroupPlace place{below(unified_below(mounted), path), {}};
  if (place.folder.filename() == servers_leaf) place.folder = place.folder.parent_path();
  place.controllers = words_in(place.folder / "cgroup.subtree_control");
  std::erase_if(place.controllers, [](const std::string& name) { return !is_wanted(name); });
  return place;
}

// Numbers of processes are used again, and one that has ended keeps its own until its parent has looked.
// Tests make cgroups beside each other, too, in programs with other names than a server's.
bool is_another_maker(pid_t process) {
  std::string status;  // "4711 (tilework-server) S ...", as in proc(5)
  std::getline(std::ifstream("/proc/" + std::to_string(process) + "/stat"), status);
  const auto end_of_name = status.rfind(") ");
  return status.find(" (tilework-") != std::string::npos && end_of_name != std::string::npos &&
         status.find_first_of("ZX", end_of_name) != end_of_name + 2 && process != ::getpid();
}

}  // namespace

std::vector<CgroupPlace> cgroup_places(std::istream& list, const fs::path& mounted) {
  std::vector<CgroupPlace> places;
  for (std::string text; std::getline(list, text);) {
    const auto line = read_line(text);
    if (!line) continue;
    for (const auto& name : line->controllers) {
      if (is_wanted(name)) places.push_back({below(mounted / name, line->path), {name}, line->path == "/"});
    }
    if (!line->controllers.empty()) continue;
    if (auto place = unified_place(mounted, line->path); !place.controllers.empty()) places.push_back(place);
  }
  return places;
}

std::vector<CgroupPlace> own_cgroup_places() {
  std::ifstream list("/proc/self/cgroup");
  return cgroup_places(list, mounted_at);
}

fs::path own_unified_folder() {
  std::ifstream list("/proc/self/cgroup");
  for (std::string text; std::getline(list, text);) {
    const auto line = read_line(text);
    if (line && line->controllers.empty()) return below(unified_below(mounted_at), line->path);
  }
  return {};
}

bool write_setting(const fs::path& file, const std::string& text) {
  std::ofstream to(file);
  to << text << std::flush;
  return to.good();
}

std::set<std::string> words_in(const fs::path& file) {
  std::set<std::string> words;
  std::ifstream from(file);
  for (std::string word; from >> word;) words.insert(word);
  return words;
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

void remove_cgroup(const fs::path& folder) {
  for (int i = 0; i < 50 && ::rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void end_and_remove_cgroup(const fs::path& folder) {
  for (int i = 0; i < 50 && ::rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
    std::ifstream processes(folder / "cgroup.procs");
    for (pid_t process = 0; processes >> process;) ::kill(process, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void remove_forgotten(const fs::path& parent, const std::string& start) {
  for (const auto& folder : folders_in(parent, start)) {
    const std::string name = folder.filename();
    if (!is_another_maker(std::atoi(name.c_str() + start.size()))) ::rmdir(folder.c_str());
  }
}

}  // namespace tilework::host

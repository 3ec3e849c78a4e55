// Folders of cgroups (cgroups(7)): where a process has its own, what may be limited there, and what is left
// of processes that have ended. Any thread.
#pragma once

#include <filesystem>
#include <istream>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tilework::host {

// Begins the names of hosts' cgroups, and of servers' that make room for them; a server's number follows.
inline constexpr const char* host_cgroups = "tilework-host-";
inline constexpr const char* server_cgroups = "tilework-server-";

// Where a server moves itself with version 2.
inline constexpr const char* servers_leaf = "tilework-servers";

// The folder of a process's cgroup, and the controllers that count there: of "memory", "pids" and "cpu". With
// version 1 each has a folder of its own, with version 2 there is one for all.
struct CgroupPlace {
  std::filesystem::path folder;
  std::set<std::string> controllers;
  bool is_root = false;  // of version 1: of the whole machine, or what looks like it from here
  bool operator==(const CgroupPlace&) const = default;
};

// Of a process of which `list` is the cgroup file in /proc, where cgroups are mounted below `mounted`.
std::vector<CgroupPlace> cgroup_places(std::istream& list, const std::filesystem::path& mounted);
// Of this process.
std::vector<CgroupPlace> own_cgroup_places();

// The folder of version 2 for this process; empty where it isn't mounted.
std::filesystem::path own_unified_folder();

// Into a file of a cgroup's. Whether the kernel took it.
bool write_setting(const std::filesystem::path& file, const std::string& text);
// Such a file's words.
std::set<std::string> words_in(const std::filesystem::path& file);

// Cgroups whose names begin so.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& parent, const std::string& start);
// The kernel may need a moment after the last process: half a second at most.
void remove_cgroup(const std::filesystem::path& folder);
// The same for one with processes, which are ended: also those that join it at the last moment.
void end_and_remove_cgroup(const std::filesystem::path& folder);
// Removes those with this start whose servers have been killed. One that holds a process stays.
void remove_forgotten(const std::filesystem::path& parent, const std::string& start);

}  // namespace tilework::host

#include "server/host/cgroups/server_cgroup.h"

#include <filesystem>
#include <set>
#include <string>
#include <system_error>

#include <sys/xattr.h>
#include <unistd.h>

#include "server/host/cgroups/cgroup_folders.h"

namespace tilework::host {
namespace {

namespace fs = std::filesystem;

bool move_into(const fs::path& folder) {
  return write_setting(folder / "cgroup.procs", std::to_string(::getpid()));
}

void remove_forgotten_servers(const fs::path& parent) {
  for (const auto& folder : folders_in(parent, server_cgroups)) remove_forgotten(folder, host_cgroups);
  remove_forgotten(parent, server_cgroups);
}

std::string name_of_own() {
  return server_cgroups + std::to_string(::getpid());
}

void make_room_in_first_version() {
  for (const auto& place : own_cgroup_places()) {
    if (!place.is_root || !place.controllers.contains("cpu")) continue;
    remove_forgotten_servers(place.folder);
    std::error_code error;
    const fs::path own = place.folder / name_of_own();
    if (fs::create_directory(own, error) && !move_into(own)) ::rmdir(own.c_str());
  }
}

// By systemd (Delegate=yes), or as the root of a container.
bool is_delegated(const fs::path& folder) {
  char value = 0;
  for (const char* name : {"trusted.delegate", "user.delegate"}) {
    if (::getxattr(folder.c_str(), name, &value, 1) == 1 && value == '1') return true;
  }
  return folder == "/sys/fs/cgroup";
}

bool holds_nobody_else(const fs::path& folder) {
  return words_in(folder / "cgroup.procs") == std::set{std::to_string(::getpid())};
}

// Each by itself: one that isn't there mustn't keep the others away.
void enable_below(const fs::path& folder) {
  const auto there = words_in(folder / "cgroup.controllers");
  for (const std::string controller : {"memory", "pids", "cpu"}) {
    if (there.contains(controller)) write_setting(folder / "cgroup.subtree_control", "+" + controller);
  }
}

void make_room_in_second_version() {
  const fs::path own = own_unified_folder();
  if (own.empty() || own.filename() == servers_leaf || !is_delegated(own) || !holds_nobody_else(own)) return;
  std::error_code error;
  fs::create_directory(own / servers_leaf, error);
  if (!error && move_into(own / servers_leaf)) enable_below(own);
}

}  // namespace

void make_room_for_hosts() {
  make_room_in_first_version();
  make_room_in_second_version();
}

void leave_room_for_hosts() {
  for (const auto& place : own_cgroup_places()) {
    if (place.folder.filename() != name_of_own()) continue;
    if (move_into(place.folder.parent_path())) end_and_remove_cgroup(place.folder);
  }
}

}  // namespace tilework::host

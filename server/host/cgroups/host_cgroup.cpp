#include "server/host/cgroups/host_cgroup.h"

#include <atomic>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "server/host/walls/cgroups.h"

namespace tilework::host {
namespace {

namespace fs = std::filesystem;

// A share of the processors is one beside this server's: see make_room_for_hosts().
std::vector<CgroupPlace> find_places() {
  auto places = own_cgroup_places();
  for (const auto& place : places) remove_forgotten(place.folder, host_cgroups);
  std::erase_if(places, [](const auto& place) { return place.is_root && place.controllers.contains("cpu"); });
  return places;
}

struct Setting {
  const char* file;
  std::string value;
};

// In words of version 2 and 1. The share of the processors is what the level of hosts gives one thread beside
// others (nice(2)): 36 of 1024, as the kernel's scheduler weighs level 15, or 4 of 100. So it doesn't grow
// with a host's threads.
std::vector<Setting> settings_of(const std::string& controller, const CgroupLimits& limits) {
  if (controller == "memory") {
    const auto bytes = std::to_string(limits.memory_bytes);
    return {{"memory.max", bytes}, {"memory.limit_in_bytes", bytes}};
  }
  if (controller == "pids") return {{"pids.max", std::to_string(limits.threads)}};
  return {{"cpu.weight", "4"}, {"cpu.shares", "36"}};
}

// Whether this controller limits what is in the folder now.
bool set_limit(const fs::path& folder, const std::string& controller, const CgroupLimits& limits) {
  std::error_code error;
  for (const auto& [file, value] : settings_of(controller, limits)) {
    if (fs::exists(folder / file, error)) return write_setting(folder / file, value);
  }
  return false;
}

}  // namespace

std::unique_ptr<HostCgroup> HostCgroup::make(const CgroupLimits& limits) {
  static const std::vector<CgroupPlace> places = find_places();
  static std::atomic<unsigned> count{0};
  const std::string name = host_cgroups + std::to_string(::getpid()) + "-" + std::to_string(++count);
  std::unique_ptr<HostCgroup> made(new HostCgroup);
  for (const auto& place : places) {
    std::error_code error;
    const fs::path folder = place.folder / name;
    if (!fs::create_directory(folder, error)) continue;
    std::set<std::string> counting;
    for (const auto& controller : place.controllers) {
      if (set_limit(folder, controller, limits)) counting.insert(controller);
    }
    made->made_.push_back({folder, std::move(counting)});
  }
  return made->made_.empty() ? nullptr : std::move(made);
}

HostCgroup::~HostCgroup() {
  for (const auto& place : made_) remove_cgroup(place.folder);
}

std::string HostCgroup::invitation() const {
  std::string text = std::string(invitation_to_cgroups) + "=";
  for (const auto& place : made_) {
    for (const auto& controller : place.controllers) text += controller + ":" + place.folder.string() + "\n";
  }
  return text;
}

void HostCgroup::remove_made_by(pid_t maker) {
  for (const auto& place : own_cgroup_places()) {
    for (const auto& folder : folders_in(place.folder, host_cgroups + std::to_string(maker) + "-")) {
      end_and_remove_cgroup(folder);
    }
  }
}

bool HostCgroup::ran_over() const {
  for (const auto& place : made_) {
    for (const char* file : {"memory.events", "memory.oom_control"}) {
      std::ifstream counts(place.folder / file);
      std::string name;
      for (std::uint64_t count = 0; counts >> name >> count;) {
        if (name == "oom_kill" && count > 0) return true;
      }
    }
  }
  return false;
}

}  // namespace tilework::host

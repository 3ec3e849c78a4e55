#include "server/host/walls/files.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tilework::host {
namespace {

// What hosts read, with whatever lies below it. Nothing here tells of users, other processes, or what
// machines are for.
constexpr std::array readable{
    // Libraries that plugins need, where the loader looks for them; glibc's locales and character sets.
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    // Times, as C and C++ tell them.
    "/etc/localtime", "/usr/share/zoneinfo",
    // How many cores there are and what they can: OpenCV, OpenMP, the C++ runtime.
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/devices/system/node",
    // std::random_device and what is like it.
    "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom",
    // The process itself, for who prints a stack or counts memory. Not all of its folder: it shows the
    // machine's connections and mounts, too.
    "/proc/self/exe", "/proc/self/maps", "/proc/self/fd", "/proc/self/status", "/proc/self/stat",
    "/proc/self/statm", "/proc/self/limits", "/proc/self/auxv", "/proc/self/cmdline"};

// Rights that newer kernels know than the system's headers (landlock(7), "Landlock ABI versions").
constexpr std::uint64_t truncate_files = 1u << 14;         // since version 3
constexpr std::uint64_t bind_and_connect_tcp = 3;          // 4
constexpr std::uint64_t control_devices = 1u << 15;        // 5
constexpr std::uint64_t reach_other_sockets_and_pids = 3;  // 6: abstract sockets, signals

struct LandlockRights {
  std::uint64_t files;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

// What a kernel of this version can take away.
LandlockRights all_rights(long version) {
  LandlockRights rights{
      LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE |
      LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
      LANDLOCK_ACCESS_FS_MAKE_SYM};
  if (version >= 2) rights.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights.files |= truncate_files;
  if (version >= 4) rights.network = bind_and_connect_tcp;
  if (version >= 5) rights.files |= control_devices;
  if (version >= 6) rights.scopes = reach_other_sockets_and_pids;
  return rights;
}

// Where this process's own libraries come from, which may be elsewhere: a plugin needs others of them.
std::set<std::string> folders_of_own_libraries() {
  std::set<std::string> folders;
  const auto add = [](dl_phdr_info* library, std::size_t, void* to) {
    const std::string_view path = library->dlpi_name;
    const auto end = path.rfind('/');
    if (path.starts_with('/') && end > 0)
      static_cast<std::set<std::string>*>(to)->emplace(path.substr(0, end));
    return 0;
  };
  ::dl_iterate_phdr(add, &folders);
  return folders;
}

// Where the administrator says that libraries are.
std::set<std::string> folders_named_for_libraries() {
  std::set<std::string> folders;
  const char* list = std::getenv("LD_LIBRARY_PATH");
  std::istringstream names(list != nullptr ? list : "");
  for (std::string name; std::getline(names, name, ':');) {
    if (name.starts_with('/')) folders.insert(name);
  }
  return folders;
}

// Nothing happens where there is no such file. The kernel forgets what it knows of files in /proc that nobody
// has open, and the rule would be none: those stay open.
void allow_reading(int rules, const std::string& path) {
  const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  struct stat found {};
  if (fd < 0 || ::fstat(fd, &found) != 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
  if (S_ISDIR(found.st_mode)) rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
  rule.parent_fd = fd;
  ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  if (!path.starts_with("/proc/")) ::close(fd);
}

}  // namespace

// Older kernels take what is longer than they know, as long as it is zero.
int wall_off_files() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  const LandlockRights rights = all_rights(version);
  const int rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0));
  if (rules < 0) return 0;
  for (const char* path : readable) allow_reading(rules, path);
  for (const auto& folder : folders_of_own_libraries()) allow_reading(rules, folder);
  for (const auto& folder : folders_named_for_libraries()) allow_reading(rules, folder);
  const bool walled = ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  ::close(rules);
  return walled ? static_cast<int>(version) : 0;
}

}  // namespace tilework::host

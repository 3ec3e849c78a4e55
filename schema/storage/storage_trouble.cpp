#include "schema/storage/storage_trouble.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tilework {
namespace {

std::string machine() {
  char name[256] = "this machine";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string bytes_text(double bytes) {
  char text[64];
  const bool is_large = bytes >= 1e9;
  std::snprintf(text, sizeof text, is_large ? "%.1f GB" : "%.0f MB", bytes / (is_large ? 1e9 : 1e6));
  return text;
}

std::string limit_text(int resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? "" : std::to_string(limit.rlim_cur);
}

std::string full(const std::string& place, const std::filesystem::path& folder, std::uint64_t needed) {
  struct statvfs room {};
  if (::statvfs(folder.c_str(), &room) != 0) return place + " is full";
  const auto block = static_cast<double>(room.f_frsize);
  if (room.f_files > 0 && room.f_favail == 0)
    return place + " takes no more files: none of its inodes is free";
  return place + (needed > 0 ? " has too little room (" : " is full (") +
         bytes_text(block * static_cast<double>(room.f_bavail)) + " of " +
         bytes_text(block * static_cast<double>(room.f_blocks)) + " free" +
         (needed > 0 ? "; it needs " + bytes_text(static_cast<double>(needed)) : "") + ")";
}

}  // namespace

std::string storage_trouble(const std::filesystem::path& folder, int error, std::uint64_t needed) {
  const std::string place = "the folder " + folder.string() + " on " + machine();
  switch (error) {
    case ENOSPC:
      return full(place, folder, needed);
    case EDQUOT:
      return place + " is full for its user, whose quota is used up";
    case EFBIG:
      return "no file in " + place + " may have more than " + limit_text(RLIMIT_FSIZE) + " bytes (ulimit -f)";
    case EROFS:
      return place + " can't be written to: it is read-only";
    case ENOMEM:
      return machine() + " has no memory left for it";
    case EMFILE:
      return machine() + " has no more file descriptors for it (limit " + limit_text(RLIMIT_NOFILE) +
             "); raise it with `ulimit -n`";
    default:
      if (folder.empty()) return std::generic_category().message(error);
      return std::generic_category().message(error) + " (" + place + ")";
  }
}

std::string storage_trouble(int file, int error) {
  std::error_code unknown;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), unknown);
  const bool is_memory = path.string().starts_with("/memfd:");
  if (is_memory && (error == ENOSPC || error == EDQUOT)) error = ENOMEM;
  return storage_trouble(is_memory ? "memory" : path.parent_path(), error);
}

}  // namespace tilework

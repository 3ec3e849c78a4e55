// Filters that try to read and to change what lies in files.
#include <fcntl.h>
#include <sys/uio.h>

#include "attempts.h"

namespace {

using tilework::test::at;
using tilework::test::Attempt;
using tilework::test::call;

std::string of_parent(const std::string& name) {
  return "/proc/" + std::to_string(::getppid()) + "/" + name;
}

// It worked when there is something to read.
long read_from(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) return -1;
  std::array<char, 64> some{};
  return ::read(fd, some.data(), some.size());
}

long write_to(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | flags, 0600);
  return fd < 0 ? -1 : ::write(fd, "x", 1);
}

constexpr const char* litter = "/tmp/tilework-hostile";
std::array<char, 4096> room{};

constexpr std::array attempts{
    Attempt{"hostile-reads-passwd", [](const std::string&) { return read_from("/etc/passwd"); }},
    Attempt{"hostile-reads-shadow", [](const std::string&) { return read_from("/etc/shadow"); }},
    Attempt{"hostile-reads-admin-token", [](const std::string& path) { return read_from(path); }},
    Attempt{"hostile-reads-join-secret", [](const std::string& path) { return read_from(path); }},
    Attempt{"hostile-reads-others-image", [](const std::string& path) { return read_from(path); }},
    Attempt{"hostile-reads-environ", [](const std::string&) { return read_from(of_parent("environ")); }},
    Attempt{"hostile-reads-maps", [](const std::string&) { return read_from(of_parent("maps")); }},
    Attempt{"hostile-opens-memory",
            [](const std::string&) { return long{::open(of_parent("mem").c_str(), O_RDONLY)}; }},
    Attempt{"hostile-opens-other-memory",
            [](const std::string& path) { return long{::open(path.c_str(), O_RDONLY)}; }},
    Attempt{"hostile-reads-through-root",
            [](const std::string&) { return read_from(of_parent("root/etc/passwd")); }},
    Attempt{"hostile-takes-descriptors",
            [](const std::string& path) { return long{::open(path.c_str(), O_RDONLY)}; }},
    Attempt{"hostile-lists-processes",
            [](const std::string&) { return long{::open("/proc", O_RDONLY | O_DIRECTORY)}; }},
    Attempt{"hostile-lists-root",
            [](const std::string&) { return long{::open("/", O_RDONLY | O_DIRECTORY)}; }},
    Attempt{"hostile-opens-by-handle",
            [](const std::string&) { return call(SYS_open_by_handle_at, AT_FDCWD, at(room.data()), 0); }},
    Attempt{"hostile-writes-own-memory", [](const std::string&) { return write_to("/proc/self/mem", 0); }},
    Attempt{"hostile-overwrites-token", [](const std::string& path) { return write_to(path, O_TRUNC); }},
    Attempt{"hostile-appends-to-log", [](const std::string& path) { return write_to(path, O_APPEND); }},
    Attempt{"hostile-creates-file", [](const std::string&) { return write_to(litter, O_CREAT); }},
    Attempt{"hostile-creates-nameless", [](const std::string&) { return write_to("/tmp", O_TMPFILE); }},
    Attempt{"hostile-truncates-token",
            [](const std::string& path) { return call(SYS_truncate, at(path.c_str()), 0); }},
    Attempt{"hostile-removes-token",
            [](const std::string& path) { return call(SYS_unlink, at(path.c_str())); }},
    Attempt{"hostile-renames-token",
            [](const std::string& path) { return call(SYS_rename, at(path.c_str()), at(litter)); }},
    Attempt{"hostile-opens-token-to-all",
            [](const std::string& path) { return call(SYS_chmod, at(path.c_str()), 0666); }},
    Attempt{"hostile-owns-token",
            [](const std::string& path) { return call(SYS_chown, at(path.c_str()), ::getuid(), -1); }},
    Attempt{"hostile-links-token",
            [](const std::string& path) { return call(SYS_link, at(path.c_str()), at(litter)); }},
    Attempt{"hostile-symlinks",
            [](const std::string&) { return call(SYS_symlink, at("/etc/passwd"), at(litter)); }},
    Attempt{"hostile-makes-device",
            [](const std::string&) { return call(SYS_mknod, at(litter), 020600, 0x101); }},
    Attempt{"hostile-makes-folder", [](const std::string&) { return call(SYS_mkdir, at(litter), 0700); }},
    Attempt{"hostile-sets-attribute",
            [](const std::string& path) {
              return call(SYS_setxattr, at(path.c_str()), at("user.a"), at("b"), 1);
            }},
    Attempt{"hostile-reopens-output",
            [](const std::string&) { return write_to("/proc/self/fd/2", O_TRUNC); }},
    Attempt{"hostile-watches", [](const std::string&) { return call(SYS_inotify_init1, 0); }}};

}  // namespace

HOSTILE_ATTEMPTS(attempts)

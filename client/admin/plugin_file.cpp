#include "client/admin/plugin_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

bool is_shared_object(int fd) {
  // The kind of an ELF file lies at the same place in both word sizes.
  Elf32_Ehdr head{};
  constexpr auto needed = offsetof(Elf32_Ehdr, e_type) + sizeof head.e_type;
  if (::pread(fd, &head, needed, 0) != static_cast<ssize_t>(needed)) return false;
  return std::memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_type == ET_DYN;
}

}  // namespace

PluginFile open_plugin_file(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name.size() < 4 || !name.ends_with(".so")) {
    throw UserError(path.string() + " is no name of a plugin; a plugin's file name ends with .so");
  }
  kj::AutoCloseFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) {
    throw UserError(path.string() + " can't be read: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode) || !is_shared_object(fd)) {
    throw UserError(path.string() + " is no shared library; plugins/README.md says how one is built");
  }
  return {name, kj::mv(fd), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace tilework::client

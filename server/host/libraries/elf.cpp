#include "server/host/libraries/elf.h"

#include <cstring>

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tilework::host {

std::string why_not_whole(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return std::string("can't be read: ") + std::strerror(errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size == 0) return "is empty";
  Elf64_Ehdr header;
  if (::pread(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return "is no shared library";
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "is no shared library for 64 bit";
  if (header.e_type != ET_DYN) return "is no shared library, but another kind of ELF file";
  // The table of sections comes last in what linkers write; strip keeps it.
  const std::uint64_t table = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > size || table > size - header.e_shoff) {
    return "is cut off: it has " + std::to_string(size) + " bytes of at least " +
           std::to_string(header.e_shoff + table);
  }
  return {};
}

}  // namespace tilework::host

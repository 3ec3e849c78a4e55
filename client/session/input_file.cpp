#include "client/session/input_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "schema/model/error.h"

namespace tilework::client {

InputFile open_input_file(const std::filesystem::path& path, const std::string& name) {
  const auto refuse = [&](const std::string& why) { throw UserError(name + " can't be read: " + why); };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse(std::generic_category().message(errno));
  InputFile file{kj::AutoCloseFd(fd)};
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) refuse("it is no file");
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

}  // namespace tilework::client

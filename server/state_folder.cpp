#include "server/state_folder.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::server {
namespace {

namespace fs = std::filesystem;

// Returns errno, or 0. Another server that makes the same folder at this moment is no error.
int make_private(const fs::path& folder) {
  if (folder.empty() || fs::is_directory(folder)) return 0;
  if (const int error = make_private(folder.parent_path()); error != 0) return error;
  return ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

}  // namespace

void make_state_folder(const fs::path& folder) {
  if (folder.empty()) {
    throw UserError("there is no $HOME to keep the server's state in; name a folder with --state");
  }
  int error = make_private(fs::absolute(folder).lexically_normal());
  if (error == 0 && !fs::is_directory(folder)) error = ENOTDIR;
  if (error == 0 && ::access(folder.c_str(), W_OK | X_OK) != 0) error = errno;
  if (error != 0) {
    throw UserError("the state folder " + folder.string() + " can't be used (" +
                    std::generic_category().message(error) + "); name another with --state");
  }
}

}  // namespace tilework::server

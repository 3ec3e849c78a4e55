#include "client/session/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "schema/model/error.h"

namespace tilework::client {

std::string make_temporary_folder(const std::string& prefix, const std::string& use) {
  const char* variable = std::getenv("TMPDIR");
  const std::string place = variable == nullptr || *variable == '\0' ? "/tmp" : variable;
  std::string name = place + "/" + prefix + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw UserError("a folder for " + use + " can't be made in " + place + ": " +
                    std::generic_category().message(errno) + "; name another folder in TMPDIR");
  }
  return name;
}

}  // namespace tilework::client

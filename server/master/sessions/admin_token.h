// What administrators show a master.
#pragma once

#include "server/secret/secret_file.h"

namespace tilework::master {

class AdminToken : public server::SecretFile {
 public:
  explicit AdminToken(const std::filesystem::path& folder) : SecretFile(folder, server::admin_token) {}
};

}  // namespace tilework::master

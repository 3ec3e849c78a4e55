// The folder where a server keeps what must outlive it: secrets and plugins. Any thread.
#pragma once

#include <filesystem>

namespace tilework::server {

// Makes the folder, and those above it, for this user alone, unless they are there. Throws UserError when
// that can't be done, or when the folder can't be written to.
void make_state_folder(const std::filesystem::path& folder);

}  // namespace tilework::server

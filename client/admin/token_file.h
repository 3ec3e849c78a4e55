// The administrator's token, as this machine has it. Any thread.
#pragma once

#include <filesystem>
#include <string>

namespace tilework::client {

// What the file holds, without the end of its line. Throws Fault::denied, with the reason, when it can't be
// read, when others than its owner can use it, or when it holds no token.
std::string read_token_file(const std::filesystem::path& file);

}  // namespace tilework::client

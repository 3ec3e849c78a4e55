// An image file of the user's, open. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <kj/io.h>

namespace tilework::client {

struct InputFile {
  kj::AutoCloseFd fd;
  std::uint64_t bytes = 0;
};

// `name` is what the user calls it. Throws UserError.
InputFile open_input_file(const std::filesystem::path& path, const std::string& name);

}  // namespace tilework::client

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

// Why a file that the user calls `name` can't be read, by errno. Of one that isn't there it says what is
// near: a file of the same folder with nearly that name, or the folder that isn't there either.
std::string why_unreadable(const std::filesystem::path& path, const std::string& name, int error);

// `name` is what the user calls it. Throws UserError.
InputFile open_input_file(const std::filesystem::path& path, const std::string& name);

// As a master takes it: of a longer one the end, which tells more of a path.
std::string name_for_master(const std::string& name);

}  // namespace tilework::client

// What a user means who opens folders among files. Reads folders; any thread.
#pragma once

#include <filesystem>
#include <vector>

namespace tilework::client {

// The paths, with each folder replaced by the files in it that are named as images are, in the order of their
// names. A folder without any, or that can't be read, stays: whoever opens it says what it is.
std::vector<std::filesystem::path> with_folders_opened(const std::vector<std::filesystem::path>& paths);

}  // namespace tilework::client

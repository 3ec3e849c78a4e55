// A plugin's library before it is sent to a master. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <kj/io.h>

namespace tilework::client {

struct PluginFile {
  std::string name;  // without folders
  kj::AutoCloseFd fd;
  std::uint64_t bytes;
};

// Refuses what can't be a plugin: another name than *.so, no ELF shared object. Throws UserError.
PluginFile open_plugin_file(const std::filesystem::path& path);

}  // namespace tilework::client

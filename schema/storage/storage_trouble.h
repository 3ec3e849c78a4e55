// What is said where a file can't be stored: on which machine, in which folder, and against which limit. Any
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tilework {

// Why the system refused with the number `error`, such as "the folder /var/tmp on lab1 is full (0 MB of 2.0
// GB free)". With the bytes that are needed: "has too little room (12 MB of 2.0 GB free; it needs 310 MB)".
std::string storage_trouble(const std::filesystem::path& folder, int error, std::uint64_t needed = 0);

// The same of an open file, whether it has a name, had one, or lies in memory.
std::string storage_trouble(int file, int error);

}  // namespace tilework

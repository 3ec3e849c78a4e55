// The digest that identifies a plugin: BLAKE2b with 256 bits over the file's bytes, in hexadecimal.
#pragma once

#include <string>

namespace tilework::host {

// Reads from the descriptor's start; its position doesn't matter and doesn't change. Throws tilework::Error.
std::string digest_of(int fd);

}  // namespace tilework::host

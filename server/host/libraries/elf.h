// What can be told of a shared library from its bytes alone, before anything loads it.
#pragma once

#include <string>

namespace tilework::host {

// Why a file is no whole ELF file, in words that follow "it": empty, of another kind, or shorter than its own
// header says, as it is while it is being copied. Empty when nothing is wrong. Reads from the descriptor's
// start; its position doesn't matter. Any thread.
std::string why_not_whole(int fd);

}  // namespace tilework::host

// Descriptors that a capability carries from one process to another. On the event loop's thread.
#pragma once

#include <string>

#include <kj/io.h>

namespace tilework::host {

// Another descriptor for what this one is open for. Throws tilework::Error, of the machine, where there is no
// room for it; `doing` is "memory can't be shared".
kj::AutoCloseFd duplicate(int fd, const std::string& doing);

// Why a capability came without its descriptor, for the end of a sentence: one that finds no room here is
// dropped by the system without a word. Empty where that isn't it.
std::string why_no_descriptor();

}  // namespace tilework::host

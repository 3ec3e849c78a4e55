// What the system said when it refused something, in words for a person. Any thread.
#pragma once

#include <string>

namespace tilework::transport {

// Of an `errno`. Where file descriptors are used up, that tells of their limit and how it is raised.
std::string words_of_error(int error);

}  // namespace tilework::transport

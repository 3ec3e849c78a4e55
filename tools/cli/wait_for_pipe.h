// Waits for the other end of a pipe, without missing Ctrl-C. Any thread.
#pragma once

#include <stop_token>

namespace tilework::cli {

enum class PipeEnd { reading, writing };

// Blocks until the descriptor can be read or written without waiting, as files can at once, or has an error
// to tell. Throws Fault::cancelled when a stop is requested.
void wait_for_pipe(int descriptor, PipeEnd end, const std::stop_token& stop);

// A moment's pause. Throws likewise.
void wait_a_moment(const std::stop_token& stop);

}  // namespace tilework::cli

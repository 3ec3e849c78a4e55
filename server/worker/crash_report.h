// What masters hear of a worker that crashes. The worker can't speak any more then, so its signal handler
// starts this program again, as `tilework-server farewell`, which speaks in its place.
#pragma once

#include <iosfwd>
#include <string>

namespace tilework::worker {

// Of SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL. The process ends by the same signal as without, with the
// same core, a second later at most. Called once, on the main thread, which can tell of its stack's end as
// well.
void report_crashes();

// Who is told: a line for each master, of its address and the key that it gave, in hexadecimal digits. On one
// thread.
void prepare_farewells(const std::string& lines);

// The other process's part: tells the masters in `lines` of the signal, within a second; one that can't be
// reached is left out. Sets up an event loop of its own.
void send_farewells(std::istream& lines, int signal);

}  // namespace tilework::worker

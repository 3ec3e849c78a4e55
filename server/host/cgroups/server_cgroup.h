// A server's own place among the cgroups (cgroups(7)), made so that its hosts' can lie beside it or below it.
// Linux calls in the server's process.
#pragma once

namespace tilework::host {

// At a server's start, before it starts others, which are where it is. Nothing changes where that can't be
// had.
//
// With version 1, hosts are given a small share of the processors beside their server's: where that isn't
// in any cgroup, they would have it beside all that the machine does. So the server gets a cgroup of its own.
//
// With version 2, a cgroup that has cgroups with limits can't have processes as well. Where this process's
// own cgroup was delegated to it and holds nobody else, the process moves into one below it.
void make_room_for_hosts();

// At its end: ends what it has started and is still there, such as hosts that are just starting. Removes what
// version 1 has got.
void leave_room_for_hosts();

}  // namespace tilework::host

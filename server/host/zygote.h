// A zygote's own work: see process/zygote_process.h.
#pragma once

namespace tilework::host {

// Forks a host whenever the parent, at the other end of `inherited_socket`, asks for one. Returns in each
// host, where all that it inherits is in its place as if the program had been started for it; ends the zygote
// when the parent has gone. For a process with one thread.
void fork_hosts();

}  // namespace tilework::host

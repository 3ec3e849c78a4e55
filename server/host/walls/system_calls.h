// Which system calls a host may still make (seccomp(2)). In the child's own process; one thread.
#pragma once

namespace tilework::host {

// From now on, for this thread and those that it starts; the process has no way to new privileges
// (PR_SET_NO_NEW_PRIVS). False where the kernel can't.
bool wall_off_system_calls();

}  // namespace tilework::host

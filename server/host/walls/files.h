// Which files a host may still open: an allow-list, for reading (landlock(7)). In the child's own process;
// one thread.
#pragma once

namespace tilework::host {

// From now on, for this thread and those that it starts; the process has no way to new privileges
// (PR_SET_NO_NEW_PRIVS). What is open stays open. Returns Landlock's version, or 0 where the kernel has none
// and nothing has changed.
int wall_off_files();

}  // namespace tilework::host

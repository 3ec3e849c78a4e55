// Who a host is to the system: nobody, with no capability (capabilities(7), credentials(7)). In the child's
// own process; one thread.
#pragma once

#include <string>

namespace tilework::host {

// Gives up all capabilities for good, and the parent's user where the system allows it: a root's host
// gets a user of its own, others' a user namespace of their own. Then nobody else counts among its
// `most_threads`. The process still ends with its parent, if it was to. Returns what is in force, as in
// "user=own threads=66 capabilities=none".
std::string give_up_privileges(unsigned most_threads);

}  // namespace tilework::host

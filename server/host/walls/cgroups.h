// A host joins the cgroups that its parent has made for it. In the child's own process; one thread.
#pragma once

#include <string>

namespace tilework::host {

// The word of a host's environment that names them.
inline constexpr const char* invitation_to_cgroups = "TILEWORK_HOST_CGROUPS";

// Takes the word out of the environment. Returns what counts from now on, as in "cgroup=yes pids=yes
// cpu=yes"; "cgroup" is memory's.
std::string join_cgroups();

}  // namespace tilework::host

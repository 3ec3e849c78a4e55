#include "server/host/walls/cgroups.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace tilework::host {
namespace {

bool join(const std::string& folder) {
  std::ofstream processes(folder + "/cgroup.procs");
  processes << "0" << std::flush;  // the process that writes
  return processes.good();
}

}  // namespace

std::string join_cgroups() {
  const char* invitation = std::getenv(invitation_to_cgroups);
  std::istringstream lines(invitation != nullptr ? invitation : "");
  ::unsetenv(invitation_to_cgroups);
  std::set<std::string> counting;
  for (std::string controller, folder; std::getline(lines, controller, ':') && std::getline(lines, folder);) {
    if (join(folder)) counting.insert(controller);
  }
  const auto answer = [&](const char* controller) { return counting.contains(controller) ? "yes" : "no"; };
  return std::string("cgroup=") + answer("memory") + " pids=" + answer("pids") + " cpu=" + answer("cpu");
}

}  // namespace tilework::host

#include "client/common/exit_code.h"

#include <algorithm>

namespace tilework::cli {

ExitCode exit_code(Fault fault) {
  switch (fault) {
    case Fault::user:
      return users_mistake;
    case Fault::unreachable:
      return unreachable;
    case Fault::failed:
    case Fault::machine:
      return job_failed;
    case Fault::cancelled:
      return interrupted;
    case Fault::denied:
      return wrong_token;
  }
  return job_failed;
}

ExitCode exit_code(std::span<const Fault> faults) {
  for (const auto fault :
       {Fault::cancelled, Fault::unreachable, Fault::failed, Fault::machine, Fault::denied, Fault::user}) {
    if (std::ranges::find(faults, fault) != faults.end()) return exit_code(fault);
  }
  return success;
}

}  // namespace tilework::cli

// What the program's exit code tells. Part of the interface: see --help and tools/README.md.
#pragma once

#include <span>

#include "schema/model/error.h"

namespace tilework::cli {

enum ExitCode : int {
  success = 0,
  users_mistake = 2,
  unreachable = 3,
  job_failed = 4,
  wrong_token = 5,
  interrupted = 130,
};

ExitCode exit_code(Fault fault);

// Of several images, whose failures differ: the first of interrupted, unreachable, job_failed, users_mistake
// that occurs.
ExitCode exit_code(std::span<const Fault> faults);

}  // namespace tilework::cli

// What a host answers, where it can't be read: users get words, and the RPC library's own go to the log. Any
// thread.
#pragma once

#include <kj/exception.h>
#include <sys/types.h>

#include "schema/model/error.h"

namespace tilework::host {

// Whether a call to a host failed, or its answer, because that makes no sense to the RPC library. Such a host
// has been tampered with.
bool makes_no_sense(const kj::Exception& error);

// Whether a call to a host failed for its time limit. A host that says so itself isn't believed.
bool is_late(const kj::Exception& error);

// Why a call to a host failed, or reading its answer, for its users. What a host can say is that something
// failed, that it is a user's mistake (Fault::user), and that the machine lacks something (Fault::machine),
// which is its plugins' word alone.
Error fault_of_host(pid_t host, const kj::Exception& error);

}  // namespace tilework::host

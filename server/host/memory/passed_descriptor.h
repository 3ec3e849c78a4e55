// Descriptors that a capability carries from one process to another. On the event loop's thread.
#pragma once

#include <string>

#include <kj/async.h>
#include <kj/io.h>

#include "schema/host.capnp.h"

namespace tilework::host {

// Another descriptor for what this one is open for. Throws tilework::Error, of the machine, where there is no
// room for it; `doing` is "memory can't be shared".
kj::AutoCloseFd duplicate(int fd, const std::string& doing);

// A file for a host, with what the descriptor is open for.
rpc::HostFile::Client host_file(kj::AutoCloseFd fd);
// In the host: another descriptor of it. Fails with tilework::Error in KJ's clothes where none came.
kj::Promise<kj::AutoCloseFd> received_file(rpc::HostFile::Client file);

// Why a capability came without its descriptor, for the end of a sentence: one that finds no room here is
// dropped by the system without a word. Empty where that isn't it.
std::string why_no_descriptor();

}  // namespace tilework::host

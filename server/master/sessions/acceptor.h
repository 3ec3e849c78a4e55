// Takes connections off a listening socket, whatever the system says meanwhile. On the event loop's thread.
#pragma once

#include <functional>

#include <kj/async-io.h>
#include <kj/timer.h>

#include "server/master/sessions/newcomers.h"

namespace tilework::master {

// Never answers and never fails. What the system refuses, for want of descriptors or memory, is logged, a
// newcomer goes to make room, and after a pause it is tried again. All references outlive the promise.
kj::Promise<void> accept_always(kj::ConnectionReceiver& listener, kj::Timer& timer, Newcomers& newcomers,
                                std::function<void(kj::Own<kj::AsyncIoStream>)> serve);

}  // namespace tilework::master

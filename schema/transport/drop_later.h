// Ends things when nothing of theirs is under way. On the event loop's thread.
#pragma once

#include <utility>

#include <kj/async.h>

namespace tilework::transport {

// In a later turn of the event loop. For capabilities and promises that others may let go of in the middle of
// their own callbacks: KJ takes that for an error, and a container that is destroyed can't pass errors on.
template <class Thing>
void drop_later(Thing thing) {
  kj::evalLater([thing = std::move(thing)] {}).detach([](kj::Exception&&) {});
}

}  // namespace tilework::transport

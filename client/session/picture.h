// What a client is told of the images that it looks at. Values; any thread.
#pragma once

#include <functional>

#include "schema/model/error.h"
#include "schema/model/picture.h"

namespace tilework::client {

// Told on the session's own thread: return at once, and throw nothing. Any may be empty.
struct PictureObserver {
  std::function<void(const Picture&)> opened = {};  // again, when the master was lost and another has it
  std::function<void(const Error&)> failed = {};
};

// The same. Pieces come in any order, and a piece may come twice when a master is lost; its pixels are there
// during the call alone. After done or failed nothing is told, nor after the render was cancelled, but for
// what is under way at that moment.
struct RenderObserver {
  std::function<void(const Piece&)> piece = {};
  std::function<void(const RenderOutcome&)> done = {};
  std::function<void(const Error&)> failed = {};
};

}  // namespace tilework::client

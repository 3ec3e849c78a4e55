// Ownership of libvips objects.
#pragma once

#include <memory>

#include <vips/vips.h>

namespace tilework::imageio {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};

// One reference to a GObject.
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

}  // namespace tilework::imageio

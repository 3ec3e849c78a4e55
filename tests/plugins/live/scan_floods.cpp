// A library that speaks to its host's parent while it is loaded.
#include "../flood.h"

namespace {
[[gnu::constructor]] void flood() {
  tilework::test::flood_parent();
}
}  // namespace

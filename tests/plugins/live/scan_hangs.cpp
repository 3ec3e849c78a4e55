// A library whose loading never ends.
#include <unistd.h>

namespace {
[[gnu::constructor]] void hang() {
  while (true) ::pause();
}
}  // namespace

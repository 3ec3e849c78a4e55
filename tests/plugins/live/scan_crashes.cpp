// A library that crashes while it is loaded.
#include <csignal>

namespace {
[[gnu::constructor]] void crash() {
  std::raise(SIGSEGV);
}
}  // namespace

// What a crash looks like from outside when it is reported: as without.
#include "server/worker/crash_report.h"

#include <csignal>

#include <catch2/catch.hpp>
#include <sys/mman.h>

#include "tests/support/child.h"

namespace tilework::worker {
namespace {

// A page that nobody may use: a fault of the processor's, which no sanitizer knows of beforehand.
volatile int* shut_page() {
  void* page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return static_cast<volatile int*>(page);
}

int deep(int depth) {
  volatile char room[4096] = {};
  room[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : deep(depth + 1) + room[0];
}

}  // namespace

TEST_CASE("a process that crashes ends by the signal that it would have ended by") {
  const auto signal_of = [](auto crash) {
    return test::signal_of_child([&] {
      report_crashes();
      crash();
    });
  };
  CHECK(signal_of([] { *shut_page() = 1; }) == SIGSEGV);
  CHECK(signal_of([] { return deep(1); }) == SIGSEGV);  // no room on the stack, for the handler either
  CHECK(signal_of([] { std::abort(); }) == SIGABRT);
  CHECK(signal_of([] { ::raise(SIGBUS); }) == SIGBUS);
}

}  // namespace tilework::worker

// Filters that end their process, or never end, or take all that they get.
#include <atomic>
#include <chrono>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "filter_macro.h"

namespace {

HOSTILE_FILTER(Crashes, "hostile-crashes") {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}
HOSTILE_FILTER(Aborts, "hostile-aborts") {
  std::thread([] { std::abort(); }).join();
}
HOSTILE_FILTER(Divides, "hostile-divides-by-zero") {
  std::raise(SIGFPE);
}
HOSTILE_FILTER(Illegal, "hostile-executes-nonsense") {
  __builtin_trap();
}

int recurse(volatile int* depth) {
  volatile int here = *depth + 1;
  return here == 0 ? 0 : recurse(&here) + here;
}
HOSTILE_FILTER(Recurses, "hostile-recurses") {
  volatile int depth = 0;
  if (recurse(&depth) == 0) in.copyTo(out);
}

HOSTILE_FILTER(Exits, "hostile-exits") {
  in.copyTo(out);
  std::exit(0);
}
HOSTILE_FILTER(ExitsQuickly, "hostile-exits-quickly") {
  in.copyTo(out);
  ::_exit(0);
}
HOSTILE_FILTER(KillsItself, "hostile-kills-itself") {
  in.copyTo(out);
  ::kill(::getpid(), SIGKILL);
}
HOSTILE_FILTER(ThrowsNumber, "hostile-throws-number") {
  throw 1;
}
HOSTILE_FILTER(ThrowsInThread, "hostile-throws-in-thread") {
  std::thread([] { throw std::runtime_error("in a thread"); }).join();
}
HOSTILE_FILTER(ThrowsMuch, "hostile-throws-much") {
  throw std::runtime_error("much\n\x1b[31mlevel=error forged " + std::string(10 << 20, 'x'));
}

std::jmp_buf nowhere;
HOSTILE_FILTER(Jumps, "hostile-jumps-nowhere") {
  std::longjmp(nowhere, 1);
}

HOSTILE_FILTER(Stops, "hostile-stops") {
  ::kill(::getpid(), SIGSTOP);
  in.copyTo(out);
}
HOSTILE_FILTER(Terminates, "hostile-ignores-signals") {
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_IGN);
  while (true) ::pause();
}
HOSTILE_FILTER(Hangs, "hostile-hangs") {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

[[noreturn]] void spin() {
  for (std::atomic<std::uint64_t> i{0};; ++i) {
  }
}

// As many as there can be; they end with their process.
int start_threads(int number, void (*work)()) {
  int started = 0;
  try {
    for (; started < number; ++started) std::thread(work).detach();
  } catch (const std::system_error&) {
  }
  return started;
}

HOSTILE_FILTER(Spins, "hostile-spins") {
  start_threads(15, spin);
  spin();
}
HOSTILE_FILTER(Crowds, "hostile-crowds") {
  const int got = start_threads(3000, [] { std::this_thread::sleep_for(std::chrono::hours(1)); });
  throw std::runtime_error(got < 512 ? "there are no 3000 threads" : "it worked");
}

HOSTILE_FILTER(Hoards, "hostile-hoards") {
  std::vector<std::vector<char>> all;
  while (true) all.emplace_back(1 << 20, 'x');
}
HOSTILE_FILTER(HoardsFiles, "hostile-hoards-files") {
  const std::vector<char> some(32 << 20, 'x');
  while (true) {
    const int fd = ::memfd_create("test", 0);
    if (::write(fd, some.data(), some.size()) < 0)
      throw std::system_error(errno, std::generic_category(), "write");
  }
}
HOSTILE_FILTER(HoardsDescriptors, "hostile-hoards-descriptors") {
  int got = 0;
  while (::dup(2) >= 0) ++got;
  throw std::runtime_error(got < 1024 ? "there are few descriptors" : "it worked");
}
HOSTILE_FILTER(Reserves, "hostile-reserves-addresses") {
  for (int i = 0; i < 10000; ++i) {
    void* room = ::mmap(nullptr, 1 << 28, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::runtime_error("there are few addresses");
  }
  throw std::runtime_error("it worked");
}

}  // namespace

TILEWORK_FILTERS(Crashes, Aborts, Divides, Illegal, Recurses, Exits, ExitsQuickly, KillsItself, ThrowsNumber,
                 ThrowsInThread, ThrowsMuch, Jumps, Stops, Terminates, Hangs, Spins, Crowds, Hoards,
                 HoardsFiles, HoardsDescriptors, Reserves)

// Libraries that act while they are loaded: each is built with one of these for HOSTILE_ACT. Where an act is
// refused, the process ends by exit code 7; where it isn't, the library offers a filter as if nothing was.
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "filter_macro.h"

namespace {

[[maybe_unused]] void end_if(bool refused) {
  if (refused) ::_exit(7);
}

struct Acts {
  static void exits() { std::exit(0); }
  static void forks() {
    if (::fork() == 0) ::pause();
  }
  static void hoards() {
    std::vector<std::vector<char>> all;
    while (true) all.emplace_back(1 << 20, 'x');
  }
  static void throws() { throw std::runtime_error("while it is loaded"); }
  static void reads() { end_if(::open("/etc/passwd", O_RDONLY) < 0); }
  static void writes() { end_if(::open("/tmp/tilework-hostile", O_WRONLY | O_CREAT, 0600) < 0); }
  static void kills() { end_if(::kill(::getppid(), SIGKILL) < 0); }
  static void connects() { end_if(::socket(AF_INET, SOCK_STREAM, 0) < 0); }
  static void kills_itself() { ::kill(::getpid(), SIGKILL); }
  // The question that waits, in its host's place, by a struct that lies outside the message
  // (capnp/rpc.capnp's Return with results).
  static void answers() {
    const std::array<std::uint64_t, 9> message{std::uint64_t{8} << 32,  // one segment of eight words
                                               0x0001'0001'0000'0000,   // Message: a word, a pointer
                                               3,                       // which is a return
                                               0x0001'0002'0000'0000,   // Return: two words, a pointer
                                               0,                       // the first question's answer
                                               0,                       // with results
                                               0x0002'0000'0000'0000,   // Payload: two pointers
                                               0x0001'0000'0000'4000,   // to a struct far away
                                               0};
    end_if(::write(3, message.data(), sizeof message) < 0);
    while (true) ::pause();
  }
  static void closes() {
    for (int fd = 3; fd < 512; ++fd) ::close(fd);
  }
};

[[gnu::constructor]] void act() {
  Acts::HOSTILE_ACT();
}

HOSTILE_FILTER(Loaded, "hostile-loaded") {
  in.copyTo(out);
}

}  // namespace

TILEWORK_FILTERS(Loaded)

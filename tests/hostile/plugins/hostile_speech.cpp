// Filters that speak over their host's socket in its place, or to its log.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "../../plugins/flood.h"
#include "filter_macro.h"

namespace {

constexpr int its_socket = 3;

void write_all(int fd, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t now = ::write(fd, bytes, size);
    if (now <= 0) return;
    bytes += now;
    size -= static_cast<std::size_t>(now);
  }
}

HOSTILE_FILTER(Floods, "hostile-floods-parent") {
  in.copyTo(out);
  tilework::test::flood_parent();
}

HOSTILE_FILTER(Babbles, "hostile-babbles") {
  in.copyTo(out);
  const std::array<std::uint32_t, 16> nonsense{0, 3, 0xffffffff, 7};
  write_all(its_socket, nonsense.data(), sizeof nonsense);
}

// A message of 4 GB is announced, and half a gigabyte sent.
HOSTILE_FILTER(SpeaksLong, "hostile-speaks-long") {
  in.copyTo(out);
  const std::array<std::uint32_t, 2> beginning{0, 0x1fffffff};
  write_all(its_socket, beginning.data(), sizeof beginning);
  const std::vector<char> some(1 << 20);
  for (int i = 0; i < 512; ++i) write_all(its_socket, some.data(), some.size());
}

// An empty answer to each question that the parent may have asked (capnp/rpc.capnp's Return with results).
HOSTILE_FILTER(Answers, "hostile-answers") {
  in.copyTo(out);
  for (std::uint64_t question = 0; question < 64; ++question) {
    const std::array<std::uint64_t, 9> message{std::uint64_t{8} << 32,  // one segment of eight words
                                               0x0001'0001'0000'0000,   // Message: a word, a pointer
                                               3,                       // which is a return
                                               0x0001'0002'0000'0000,   // Return: two words, a pointer
                                               question,                // whose answer this is
                                               0,                       // with results
                                               0x0002'0000'0000'0000,   // Payload: two pointers
                                               0,
                                               0};
    write_all(its_socket, message.data(), sizeof message);
  }
}

HOSTILE_FILTER(Closes, "hostile-closes-socket") {
  in.copyTo(out);
  for (int fd = 3; fd < 512; ++fd) ::close(fd);
}

// What the parent says comes to the filter, and not to its host.
HOSTILE_FILTER(Listens, "hostile-listens") {
  in.copyTo(out);
  std::thread([] {
    std::array<char, 4096> heard{};
    while (true) {
      if (::read(its_socket, heard.data(), heard.size()) == 0) return;
    }
  }).detach();
}

void say(const std::string& text) {
  write_all(STDERR_FILENO, text.data(), text.size());
}

HOSTILE_FILTER(Forges, "hostile-forges-lines") {
  ::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
  ::lseek(STDERR_FILENO, 0, SEEK_SET);
  say("time=2026-01-01T00:00:00.000+0000 level=error pid=1 forged\n");
  say("quote\" level=error forged2 \x1b[2J\x1b]0;title\x07 \xe2\x80\xae reversed \x9b \xff\r\n");
  in.copyTo(out);
}

HOSTILE_FILTER(Talks, "hostile-talks") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "flood " + std::to_string(i) + "\n";
  for (int i = 0; i < 300; ++i) say(lines);
  in.copyTo(out);
}

HOSTILE_FILTER(TalksInOneLine, "hostile-talks-in-one-line") {
  say(std::string(2 << 20, 'x'));
  in.copyTo(out);
}

}  // namespace

TILEWORK_FILTERS(Floods, Babbles, SpeaksLong, Answers, Closes, Listens, Forges, Talks, TalksInOneLine)

// Filters that leave something behind in their process, or look at what others have left there.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <tilework/filter.h>
#include <unistd.h>

#include "mappings.h"
#include "test_filter.h"

namespace {

using tilework::test::Mapping;

// Those of shared pixels that this process has, with these rights at least: "r", or "rw".
std::vector<Mapping> mapped_slabs(const char* rights) {
  auto found = tilework::test::mappings(rights);
  std::erase_if(found, [](const Mapping& mapping) { return !mapping.is_slab; });
  return found;
}

// Sanitizers would tell of these writes and reads.
#if defined(__SANITIZE_ADDRESS__)
#define UNWATCHED __attribute__((no_sanitize("address", "undefined")))
#else
#define UNWATCHED
#endif

UNWATCHED void spoil(const Mapping& where) {
  for (volatile unsigned char* at = where.begin; at < where.end; at += 61)
    *at = static_cast<unsigned char>(*at ^ 0x55);
}

TEST_FILTER(LeavesWriter, "test-leaves-writer",
            "Leaves a thread that writes wherever pixels may be written.") {
  in.copyTo(out);
  std::thread([] {
    while (true) {
      for (const Mapping& where : mapped_slabs("rw")) spoil(where);
    }
  }).detach();
}

TEST_FILTER(LeavesPool, "test-leaves-pool",
            "Inverts, and leaves threads that wait for more, as OpenMP does.") {
  cv::bitwise_not(in, out);
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      while (true) std::this_thread::sleep_for(std::chrono::hours(1));
    }).detach();
  }
}

TEST_FILTER(WritesSocket, "test-writes-socket", "Says something to the server in its host's place.") {
  in.copyTo(out);
  const std::array<std::uint32_t, 16> nonsense{0, 3, 0xffffffff, 7};
  for (int fd = 3; fd < 64; ++fd) {
    [[maybe_unused]] const auto written = ::write(fd, nonsense.data(), sizeof nonsense);
  }
}

// The pixels of a picture that this is looked for in are all of this colour.
constexpr std::array<unsigned char, 3> secret{0x5A, 0xC3, 0x3C};

UNWATCHED bool holds_secret(const Mapping& where) {
  constexpr int pixels = 8;
  int run = 0;
  for (const volatile unsigned char* at = where.begin; at < where.end; ++at) {
    run = *at == secret[static_cast<std::size_t>(run) % 3] ? run + 1 : *at == secret[0] ? 1 : 0;
    if (run == 3 * pixels) return true;
  }
  return false;
}

struct FindsSecret {
  static constexpr tilework::About about{.name = "test-finds-secret",
                                         .version = "1.0.0",
                                         .label = "Finds a secret",
                                         .group = "Test",
                                         .help = "Reports a colour wherever its process can read it."};
  int largest() const { return 8; }
  void detect(const cv::Mat&, tilework::Findings& findings) const {
    const auto slabs = mapped_slabs("r");
    if (slabs.empty()) findings.add({0, 0, 2, 1}, "nothing to look at", 1);
    if (std::any_of(slabs.begin(), slabs.end(), holds_secret)) findings.add({0, 0, 1, 1}, "secret", 1);
  }
};

}  // namespace

TILEWORK_FILTERS(LeavesWriter, LeavesPool, WritesSocket, FindsSecret)

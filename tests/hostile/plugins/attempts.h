// Filters that each try one thing that a filter mustn't be able to do, and fail with what came of it:
// "refused: Permission denied", or "it worked".
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <sys/syscall.h>
#include <tilework/filter.h>
#include <unistd.h>

namespace tilework::test {

struct Attempt {
  const char* filter;
  // Returns less than 0, with the reason in errno, when it was refused. `word` is what the test has laid into
  // the image's pixels.
  long (*make)(const std::string& word);
};

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  return ::syscall(number, a, b, c, d, e);
}

inline long at(const void* address) {
  return reinterpret_cast<long>(address);
}

// Up to the first zero.
inline std::string word_in(const cv::Mat& pixels) {
  const cv::Mat bytes = pixels.isContinuous() ? pixels : pixels.clone();
  const std::string all(reinterpret_cast<const char*>(bytes.data), bytes.total() * bytes.elemSize());
  return all.substr(0, all.find('\0'));
}

template <const auto& attempts, std::size_t number>
struct Attempts {
  static constexpr About about{.name = attempts[number].filter,
                               .version = "1.0.0",
                               .label = "Attempt",
                               .group = "Test",
                               .help = "Tries what it mustn't."};
  Halo halo() const { return Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat&) const {
    errno = 0;
    if (attempts[number].make(word_in(in)) >= 0) throw std::runtime_error("it worked");
    throw std::runtime_error("refused: " + std::generic_category().message(errno));
  }
};

template <const auto& attempts, std::size_t... numbers>
const TileworkPlugin* plugin_of(std::index_sequence<numbers...>) {
  return detail::plugin<Attempts<attempts, numbers>...>();
}

}  // namespace tilework::test

// Exports a filter for each of an array's attempts.
#define HOSTILE_ATTEMPTS(ATTEMPTS)                                                               \
  extern "C" __attribute__((visibility("default"))) const TileworkPlugin* tilework_plugin() {    \
    return tilework::test::plugin_of<ATTEMPTS>(std::make_index_sequence<std::size(ATTEMPTS)>()); \
  }

// An input of a fuzzer, read as a row of choices. When it is at its end, all choices are 0: whoever makes
// something by them takes 0 for the least, so that everything ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tilework::fuzz {

class Source {
 public:
  using Bytes = std::span<const std::uint8_t>;

  explicit Source(Bytes bytes) : left_(bytes) {}

  bool is_empty() const { return left_.empty(); }

  std::uint8_t byte() { return static_cast<std::uint8_t>(whole(1)); }
  // Of so many bytes, the lowest first.
  std::uint64_t whole(std::size_t bytes) {
    std::uint64_t number = 0;
    const Bytes taken = take(bytes);
    for (std::size_t i = 0; i < taken.size(); ++i) number |= std::uint64_t{taken[i]} << (8 * i);
    return number;
  }
  // One of `count`, which is from 1 to 256.
  std::size_t one_of(std::size_t count) { return byte() % count; }
  // So many of the next bytes, or all.
  Bytes take(std::size_t most) {
    const Bytes taken = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  Bytes rest() { return take(left_.size()); }

 private:
  Bytes left_;
};

}  // namespace tilework::fuzz

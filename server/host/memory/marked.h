// Marks around what somebody else writes: whoever runs over its end leaves a trace. Any thread.
#pragma once

#include <cstddef>

namespace tilework::host {

// Marks the room around some bytes, and tells later whether the marks are whole.
class Marked {
 public:
  // `begin` and `end` bound the room; both may be a part of what is marked.
  Marked(std::byte* begin, std::byte* data, std::size_t size, std::byte* end);
  bool is_whole() const;

 private:
  std::byte* begin_;
  std::byte* data_;
  std::byte* data_end_;
  std::byte* end_;
};

}  // namespace tilework::host

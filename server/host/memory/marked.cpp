#include "server/host/memory/marked.h"

#include <algorithm>
#include <cstring>

namespace tilework::host {
namespace {

constexpr std::ptrdiff_t page = 4096;
constexpr std::byte mark{0xA5};

// Of bytes that are all the same each equals the next one, and comparing memory is quick.
bool are_marks(const std::byte* begin, const std::byte* end) {
  if (begin == end) return true;
  return *begin == mark && std::memcmp(begin, begin + 1, static_cast<std::size_t>(end - begin) - 1) == 0;
}

}  // namespace

Marked::Marked(std::byte* begin, std::byte* data, std::size_t size, std::byte* end)
    : begin_(std::max(begin, data - std::min(data - begin, page))),
      data_(data),
      data_end_(data + size),
      end_(end) {
  std::fill(begin_, data_, mark);
  std::fill(data_end_, end_, mark);
}

bool Marked::is_whole() const {
  return are_marks(begin_, data_) && are_marks(data_end_, end_);
}

}  // namespace tilework::host

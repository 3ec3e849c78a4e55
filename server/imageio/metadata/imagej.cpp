#include "server/imageio/metadata/imagej.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace tilework::imageio {
namespace {

constexpr std::size_t entry_bytes = 8;  // of the header: four letters, and a count

void swap_words(std::string& bytes, std::size_t from, std::size_t to, std::size_t word) {
  for (std::size_t i = from; i + word <= to; i += word) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + word));
  }
}

// Bytes of what is swapped together in a block of this kind; none if the kind isn't known.
std::optional<std::size_t> word_of(std::string_view kind) {
  if (kind == "info" || kind == "labl" || kind == "prop") return 2;  // UTF-16
  if (kind == "rang") return 8;
  if (kind == "luts" || kind == "roi " || kind == "over") return 1;
  return std::nullopt;
}

// The first of the sizes is the header's: "IJIJ", and an entry for each kind.
bool swap_blocks(std::string& data, const std::vector<std::uint64_t>& sizes) {
  if (sizes.empty() || sizes[0] < 4 || sizes[0] > data.size() || !data.starts_with("IJIJ")) return false;
  const TiffOrder big{.big_endian = true};
  std::size_t at = sizes[0], block = 1;
  for (std::size_t entry = 4; entry + entry_bytes <= sizes[0]; entry += entry_bytes) {
    const std::string_view header(data);
    const auto word = word_of(header.substr(entry, 4));
    const std::uint64_t count = big.number(header.substr(entry + 4, 4));
    if (!word || count > sizes.size() - block) return false;
    for (std::uint64_t i = 0; i < count; ++i, ++block) {
      if (sizes[block] > data.size() - at) return false;
      swap_words(data, at, at + sizes[block], *word);
      at += sizes[block];
    }
  }
  swap_words(data, 0, sizes[0], 4);
  return true;
}

}  // namespace

int imagej_pages(const std::string& description) {
  if (!description.starts_with("ImageJ=")) return 1;
  constexpr std::string_view name = "images=";
  std::istringstream lines(description);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::max(1, std::atoi(line.c_str() + name.size()));
  }
  return 1;
}

bool swap_imagej_data(Directory& first) {
  const auto sizes = first.fields.find(imagej_sizes), data = first.fields.find(imagej_data);
  if (sizes == first.fields.end() || data == first.fields.end()) return true;
  if (swap_blocks(data->second.values, sizes->second.wholes())) return true;
  first.fields.erase(imagej_sizes);
  first.fields.erase(imagej_data);
  return false;
}

}  // namespace tilework::imageio

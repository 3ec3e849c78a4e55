// TIFF files by hand, for tests of what no library writes (TIFF 6.0, section 2).
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tilework::test {

constexpr std::uint16_t tiff_strip_offsets = 273, tiff_samples = 277, tiff_strip_counts = 279;

using TiffTags = std::map<std::uint16_t, std::uint32_t>;

// An image of one strip, gray, 8 bits, deflated; tags that are given take the place of its own.
std::string tiff_with(std::uint32_t width, std::uint32_t height, const TiffTags& others,
                      const std::string& packed);
std::string tiff_of(std::uint32_t width, std::uint32_t height, const std::string& packed);

// One whose directory is followed by itself.
std::string tiff_that_goes_round();

// One whose tag for the strips says that there are so many.
std::string tiff_with_count(std::uint32_t strips);

}  // namespace tilework::test

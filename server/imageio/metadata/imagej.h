// What ImageJ keeps in tags of its own (50838, 50839): labels of pages, ranges of display, colour tables,
// regions of interest. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "server/imageio/metadata/directory.h"

namespace tilework::imageio {

inline constexpr std::uint16_t imagej_sizes = 50838, imagej_data = 50839;

// Of pages, as a description by ImageJ counts them; 1 where it doesn't, or is another program's.
int imagej_pages(const std::string& description);

// Makes the data of a big-endian file those of a little-endian one, since ImageJ reads them in the order of
// the file that they are in. False if they make no sense; then they are left out of `first`.
bool swap_imagej_data(Directory& first);

}  // namespace tilework::imageio

// What a PNG file says besides its pixels, to be written. Pure functions; any thread.
#pragma once

#include <string>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// Chunks for the place behind IHDR, in a file of an image of `colour_channels` without alpha. A colour
// profile for other channels is left out.
std::string png_metadata_chunks(const Metadata& metadata, int colour_channels);

}  // namespace tilework::imageio

// What a GIF file says besides its pixels (GIF89a, sections 24 and 26; XMP Specification Part 3, 1.1.2). Any
// thread.
#pragma once

#include <string>

#include "server/imageio/metadata/file_metadata.h"

namespace tilework::imageio {

// Comments are texts of that keyword. `fd` stays where it is.
FileMetadata read_gif_metadata(int fd);

// A file of libvips's with comments and XMP before its first image.
std::string gif_with(std::string file, const Metadata& metadata);

}  // namespace tilework::imageio

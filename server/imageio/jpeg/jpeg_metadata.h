// What a JPEG file says besides its pixels, in the segments before them (ITU-T T.81 B.2.4.6; EXIF: CIPA
// DC-008; XMP part 3; ICC.1 annex B.4; Photoshop's resources; several pictures: CIPA DC-007).
#pragma once

#include <string>
#include <vector>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// Adds to `notes` what can't be kept: further pictures, gain maps. Damaged segments are left out. One thread
// at a time uses the descriptor.
Metadata read_jpeg_metadata(int fd, std::vector<std::string>& notes);

// From the start of a file up to its tables. Adds to `notes` what a JPEG has no place for.
std::string jpeg_header(const Metadata& metadata, std::vector<std::string>& notes);

}  // namespace tilework::imageio

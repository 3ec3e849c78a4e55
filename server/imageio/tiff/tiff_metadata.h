// What a TIFF file says besides its pixels: read from one of its directories, and put into the first one of a
// file that an encoder has finished.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// Of the directory at a position of the file; 0 for the first one. What that doesn't say is taken from the
// first one, but for what is about a thumbnail there. The tags that describe the picture become
// an EXIF block. A file that makes no sense says nothing. One thread at a time uses the descriptor.
Metadata read_tiff_metadata(int fd, std::uint64_t directory, std::vector<std::string>& notes);

// `fd` can be read and written. The file's directory gets these tags, whatever it had of them, and goes to
// the file's end with them. Adds to `notes` what a TIFF has no place for. Throws tilework::Error when the
// file can't be written.
void write_tiff_metadata(int fd, const Metadata& metadata, std::vector<std::string>& notes);

}  // namespace tilework::imageio

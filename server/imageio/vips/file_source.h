// A file that a libvips loader reads.
#pragma once

#include <vector>

#include "server/imageio/metadata/file_metadata.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {

// The file from its beginning on, as if it hadn't the parts that are to be left out, which are in order. `fd`
// stays the caller's. Null where the system has no descriptor more.
Owned<VipsSource> source_of(int fd, const std::vector<FilePart>& left_out);

}  // namespace tilework::imageio

// Opens TIFF files: finds the picture among their directories, and how to read it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/imageio/rows/opening.h"
#include "server/imageio/source.h"
#include "server/imageio/tiff/tiff_pages.h"

namespace tilework::imageio {

struct TiffOpening {
  Opening opening;                   // without metadata
  std::uint64_t directory;           // of the picture, where in the file
  std::vector<TiffPage> reductions;  // from the largest to the smallest
};

// Checks the header against the limits. The descriptor is duplicated where it is needed later; `name` is for
// messages. Throws UserError.
TiffOpening open_tiff(int fd, const std::string& name, const Limits& limits);

// One of the reductions, without notes and reductions of its own.
Opening open_tiff_page(int fd, const std::string& name, const Limits& limits, const TiffPage& page);

}  // namespace tilework::imageio

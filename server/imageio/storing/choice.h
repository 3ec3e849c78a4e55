// How the pixels of a result are stored: as in the file that it was made from, where the formats are one.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/types.h>

#include "server/imageio/sink.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

// Memory for what can't be encoded as a stream: progressive JPEG, interlaced PNG.
inline constexpr std::int64_t encoder_bytes = std::int64_t{2} << 30;

// Nothing is left open: `compression` is one that a TIFF file of this `format` (storable()'s) can have. What
// the settings say wins over the source's way. Bits below 8 and palettes hold only if all pixels fit them,
// which must be seen. Adds to `notes` what of the source's way isn't kept.
Storage choose_storage(const Storage& source, const OutputSettings& settings, PixelFormat format,
                       cv::Size size, std::vector<std::string>& notes);

// The same for pixels that turned out to need whole bytes.
Storage with_whole_bytes(Storage storage, PixelFormat format);

// Why that is, for the user.
std::string whole_bytes_note(const Storage& storage, PixelFormat format);

}  // namespace tilework::imageio

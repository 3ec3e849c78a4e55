// What a WebP file says besides its pixels (RFC 9649). Any thread.
#pragma once

#include <optional>
#include <string>

#include "server/imageio/metadata/file_metadata.h"

namespace tilework::imageio {

// `fd` stays where it is. A resolution stands in EXIF alone.
FileMetadata read_webp_metadata(int fd);

// A file of libvips's with the metadata that WebP has a place for, and no other.
// None if it can't be put together.
std::optional<std::string> webp_with(const std::string& file, const Metadata& metadata);

}  // namespace tilework::imageio

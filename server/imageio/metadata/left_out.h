// What a file format has no place for. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// A sentence for the user that lists what a file of `format` (as in OutputSettings) can't carry of
// `metadata`, but texts in JPEG and TIFF; none if nothing is lost.
std::optional<std::string> left_out(const Metadata& metadata, std::string_view format);

// Whether the channels that a profile is about are those of an image of `colour_channels` without alpha.
bool profile_fits(std::string_view profile, int colour_channels);

}  // namespace tilework::imageio

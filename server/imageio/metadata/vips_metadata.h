// Metadata to and from libvips's images.
#pragma once

#include "server/imageio/metadata/metadata.h"

using VipsImage = struct _VipsImage;

namespace tilework::imageio {

Metadata metadata_of(VipsImage* image);

// Sets it all on a new image of `colour_channels` channels without alpha. False when the colour profile is
// of another kind (RGB on gray, say) and was left out.
bool apply_to(const Metadata& metadata, VipsImage* image, int colour_channels);

}  // namespace tilework::imageio

// libvips's savers with the options that store an image as is wanted. Any thread.
#pragma once

#include <vips/vips.h>

#include "server/imageio/sink.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

// 0, or else libvips says why not. PNG, TIFF, WebP with loss, GIF. `storage` is choose_storage()'s; palettes
// aren't libvips's.
int save_by_vips(VipsImage* image, VipsTarget* target, const OutputSettings& settings,
                 const Storage& storage);

}  // namespace tilework::imageio

// libvips's savers with the options that store an image as is wanted. Any thread.
#pragma once

#include <vips/vips.h>

#include "server/imageio/sink.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

// 0, or else libvips says why not. PNG and TIFF. `storage` is choose_storage()'s; palettes
// aren't libvips's.
int save_by_vips(VipsImage* image, VipsTarget* target, const OutputSettings& settings,
                 const Storage& storage);

// The same for WebP with loss and GIF, whose files the caller frees with g_free.
int save_in_memory_of(VipsImage* image, const OutputSettings& settings, const Storage& storage, void** bytes,
                      std::size_t* size);

}  // namespace tilework::imageio

#include "server/imageio/metadata/vips_metadata.h"

#include "server/imageio/metadata/left_out.h"
#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {
namespace {

std::string blob(VipsImage* image, const char* name) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image, name) == 0 || vips_image_get_blob(image, name, &data, &size) != 0)
    return {};
  return {static_cast<const char*>(data), size};
}

void set_blob(VipsImage* image, const char* name, const std::string& bytes) {
  if (!bytes.empty()) vips_image_set_blob_copy(image, name, bytes.data(), bytes.size());
}

}  // namespace

Metadata metadata_of(VipsImage* image) {
  Metadata metadata;
  metadata.icc = blob(image, VIPS_META_ICC_NAME);
  metadata.exif = blob(image, VIPS_META_EXIF_NAME);
  if (metadata.exif.starts_with("Exif")) metadata.exif.erase(0, 6);
  metadata.xmp = blob(image, VIPS_META_XMP_NAME);
  metadata.iptc = blob(image, VIPS_META_IPTC_NAME);
  metadata.resolution = {image->Xres * 10, image->Yres * 10, Resolution::Unit::centimetre};
  return metadata;
}

bool apply_to(const Metadata& metadata, VipsImage* image, int colour_channels) {
  using namespace std::string_literals;
  set_blob(image, VIPS_META_XMP_NAME, metadata.xmp);
  set_blob(image, VIPS_META_IPTC_NAME, metadata.iptc);
  if (!metadata.exif.empty()) set_blob(image, VIPS_META_EXIF_NAME, "Exif\0\0"s + metadata.exif);
  vips_image_remove(image, VIPS_META_ORIENTATION);
  if (metadata.resolution) {
    image->Xres = metadata.resolution->x / 10;
    image->Yres = metadata.resolution->y / 10;
  }
  if (metadata.icc.empty()) return true;
  if (!profile_fits(metadata.icc, colour_channels)) return false;
  set_blob(image, VIPS_META_ICC_NAME, metadata.icc);
  return true;
}

}  // namespace tilework::imageio

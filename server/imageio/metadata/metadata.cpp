#include "server/imageio/metadata/metadata.h"

#include <cstring>
#include <string_view>

#include "server/imageio/vips/vips_pointer.h"

namespace tilework::imageio {
namespace {

bool is_kept(std::string_view field) {
  if (field == VIPS_META_ICC_NAME || field == VIPS_META_XMP_NAME || field == VIPS_META_IPTC_NAME) return true;
  if (field == VIPS_META_RESOLUTION_UNIT || field == VIPS_META_IMAGEDESCRIPTION) return true;
  return field.starts_with("exif-") || field.starts_with("png-comment-");
}

void* copy_field(VipsImage*, const char* field, GValue* value, void* to) {
  if (is_kept(field)) vips_image_set(static_cast<VipsImage*>(to), field, value);
  return nullptr;
}

// Setting an EXIF block brings back all that is in it: the orientation, which would turn the image again, and
// the thumbnail, which shows the image as it was.
void forget_outdated(VipsImage* image) {
  for (const char* field :
       {VIPS_META_ORIENTATION, "exif-ifd0-Orientation", "exif-ifd1-Orientation", "jpeg-thumbnail-data"}) {
    vips_image_remove(image, field);
  }
}

// The colour space stands at byte 16 of a profile's header, 128 bytes (ICC.1:2010, 7.2.6).
bool profile_fits(VipsImage* image, int colour_channels) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0 || size < 128) return false;
  const std::string_view space(static_cast<const char*>(data) + 16, 4);
  return space == (colour_channels == 1 ? "GRAY" : "RGB ");
}

}  // namespace

Metadata Metadata::of(VipsImage* image) {
  Metadata metadata;
  metadata.header_ = std::shared_ptr<VipsImage>(vips_image_new(), Unref());
  vips_image_map(image, copy_field, metadata.header_.get());
  metadata.header_->Xres = image->Xres;
  metadata.header_->Yres = image->Yres;
  return metadata;
}

bool Metadata::apply_to(VipsImage* image, int colour_channels) const {
  if (header_ == nullptr) return true;
  vips_image_map(header_.get(), copy_field, image);
  forget_outdated(image);
  image->Xres = header_->Xres;
  image->Yres = header_->Yres;
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 || profile_fits(image, colour_channels)) {
    return true;
  }
  vips_image_remove(image, VIPS_META_ICC_NAME);
  return false;
}

}  // namespace tilework::imageio

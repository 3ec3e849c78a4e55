// What belongs to an image beside its pixels: colour profile, EXIF, XMP, IPTC, comments, resolution. An
// opaque value, cheap to copy; any thread.
#pragma once

#include <memory>

using VipsImage = struct _VipsImage;

namespace tilework::imageio {

class Metadata {
 public:
  // Nothing known.
  Metadata() = default;

  bool is_empty() const { return header_ == nullptr; }

  // Takes what is to be kept from an image's header. The orientation isn't: sources apply it.
  static Metadata of(VipsImage* image);

  // Sets it all on a new image of `colour_channels` channels without alpha. False when the colour profile is
  // of another kind (RGB on gray, say) and was left out.
  bool apply_to(VipsImage* image, int colour_channels) const;

 private:
  std::shared_ptr<VipsImage> header_;  // never changed once made
};

}  // namespace tilework::imageio

// Image resources, as Photoshop keeps them in JPEG and TIFF files ("Adobe Photoshop File Formats
// Specification", image resources section). Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tilework::imageio {

struct ImageResources {
  std::string iptc;    // IIM records
  std::string others;  // whole resources but IPTC, thumbnails, and copies of EXIF and XMP
};

// What makes no sense, and all behind it, is left out.
ImageResources split_resources(std::string_view resources);

std::string join_resources(const ImageResources& resources);

}  // namespace tilework::imageio

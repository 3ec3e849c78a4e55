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

// Resources with the resolutions of a picture whose sides changed places.
std::string transposed_resources(std::string resources);

// Resources whose resolutions, where there are such, are these, in pixels per inch.
std::string with_resolutions(std::string resources, double columns, double rows);

// Resources whose digest of IPTC's records, if it was that of `before`, is that of `after`.
std::string with_digest(std::string resources, const std::string& before, const std::string& after);

}  // namespace tilework::imageio

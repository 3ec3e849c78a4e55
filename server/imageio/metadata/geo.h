// Where on earth a picture lies, as GeoTIFF (OGC 19-008) and GDAL say it in tags. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/metadata/directory.h"

namespace tilework::imageio {

// All tags that say so.
const std::set<std::uint16_t>& geo_tags();
bool has_geo_tags(const Directory& first);

// Makes the tags true for the picture once an EXIF orientation (2 to 8) was applied to one of `stored` size.
// What can't be adjusted is left out, with a note.
void turn_geo(Directory& first, int orientation, cv::Size stored, std::vector<std::string>& notes);

}  // namespace tilework::imageio

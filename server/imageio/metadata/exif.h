// EXIF blocks: TIFF structures, "II" or "MM" first. They are changed in place where that can be done, since
// the notes of camera makers in them count offsets from the block's start. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include <opencv2/core.hpp>

#include "server/imageio/metadata/directory.h"
#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// 1 to 8; 1 where the block says nothing.
int orientation_of(const std::string& exif);

// None where the block says none.
std::optional<Resolution> resolution_of(const Directory& first);
std::optional<Resolution> resolution_of(const std::string& exif);

// As fields of a TIFF; centimetres stay centimetres.
Directory fields_of(const Resolution& resolution);

// The block for a picture of `stored` size that was turned as it says: orientation 1, the subject where it is
// now, horizontal and vertical resolutions swapped where the sides were, no thumbnail. "" for a block that
// makes no sense.
std::string turned_exif(std::string exif, int orientation, cv::Size stored);

// The block with the image's size wherever it gives one.
std::string sized_exif(std::string exif, cv::Size size);

// Settles which resolution counts where a file says it in a place of its own, which is in `metadata`, and in
// EXIF: one with a unit; of two such, EXIF's if `is_exif_first`.
void settle_resolution(Metadata& metadata, bool is_exif_first);

// Whether two say the same, but for what is lost where a file has whole numbers.
bool is_same(const Resolution& a, const Resolution& b);

// The block, or a new one, with this resolution.
std::string with_resolution(const std::string& exif, const Resolution& resolution);

// The block with fields of its first directory left out and others set; these go to its end.
std::string with_fields(const std::string& exif, const std::set<std::uint16_t>& removed,
                        const Directory& set);

}  // namespace tilework::imageio

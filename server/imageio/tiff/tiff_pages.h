// Which directory of a TIFF file is its picture: files begin with thumbnails, keep the picture in a part of a
// page (DNG), and have smaller copies of it (slides), masks, or other pages. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "server/imageio/tiff/tiff_handle.h"

namespace tilework::imageio {

struct TiffPage {
  std::uint64_t directory = 0;  // where in the file
  cv::Size size;                // as it is stored, before any orientation
  bool reduced = false;         // says that it is a smaller copy of another
  bool mask = false;
  int page = 0;
  int inner = -1;  // which of the page's parts (SubIFDs)
};

// As far as they can be read, each page before its parts; at most 64 pages, with 64 parts each.
struct TiffPages {
  std::vector<TiffPage> found;
  int count = 0;         // of pages, whether found or not; not of parts
  bool damaged = false;  // something wasn't found
  std::string why;       // that is, if it isn't damage: "its channels ..."; else empty
};

TiffPages read_pages(TiffHandle& handle);

// The first page, as of any document; if that is a thumbnail or a mask, the largest picture that isn't.
// Throws UserError if there is none. Pure.
TiffPage picture_of(const TiffPages& pages, const std::string& name);

// Smaller copies of the picture, from the largest to the smallest: parts of it, or pages behind it, each half
// as large as the one before. None where the pages are those of a document. Pure.
std::vector<TiffPage> reductions_of(const TiffPages& pages, const TiffPage& picture);

// What to tell of pictures that aren't used, and of masks; none if there are none. Pure.
std::vector<std::string> pages_notes(const TiffPages& pages, const TiffPage& picture);

}  // namespace tilework::imageio

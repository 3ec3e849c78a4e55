// A segment's or a tile's pixels in fewer bytes, for slow links. Lossless: what comes out is what went in,
// bit for bit. Thread-safe; a call takes some milliseconds for a megapixel, so it is no work for an event
// loop's thread.
//
// Packed pixels are a sequence of zstd frames with checksums, each of them some rows, top to bottom. A frame
// holds the rows' residuals (prediction.h): first the lowest byte of each, then the next, and so on. The
// receiver knows the pixels' size and format.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace tilework::pixel_codec {

// Pixels in one of Tilework's formats, not empty, with any distance between the rows. The result may be
// longer than the pixels, when they are noise.
std::vector<std::byte> pack(const cv::Mat& pixels);

// Fills `pixels`, which has the right size and format, and any distance between the rows. Throws
// tilework::Error unless the bytes are such an image, whole and nothing else; then `pixels` may be filled in
// part.
void unpack(std::span<const std::byte> packed, cv::Mat& pixels);

}  // namespace tilework::pixel_codec

// XMP packets (ISO 16684-1), by pugixml. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace tilework::imageio {

// What belonged to the pixels of the file and isn't true of the result's is set or left out: orientation,
// size, how the pixels are stored, thumbnails, gain maps and films that followed the picture. Adds to `notes`
// what the user may miss. A packet that isn't XML, or says nothing of this, is left as it is.
std::string turned_xmp(const std::string& xmp, int orientation, std::vector<std::string>& notes);
std::string sized_xmp(const std::string& xmp, cv::Size size, const std::string& file_format);

// One packet of the main one and what a JPEG file has of it elsewhere ("extended XMP", XMP part 3, 1.1.3.1).
std::string joined_xmp(const std::string& main, const std::string& extension);

// The reverse, for a packet that is too large for one segment of a JPEG file.
struct SplitXmp {
  std::string main;       // at most as large as asked for; names the extension by its digest
  std::string extension;  // the rest; empty where nothing has to be split
  std::string digest;     // MD5 of the extension, 32 upper case hexadecimal digits
};
SplitXmp split_xmp(const std::string& xmp, std::size_t most);

// "GainMap", "MotionPhoto", ...: what the packet says follows the picture in its file.
bool tells_of_gain_map(const std::string& xmp);

}  // namespace tilework::imageio

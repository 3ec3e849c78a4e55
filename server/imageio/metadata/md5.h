// Digests as XMP and Photoshop's resources have them (RFC 1321). Pure; any thread.
#pragma once

#include <string>

namespace tilework::imageio {

// 16 bytes.
std::string md5(const std::string& bytes);

// The same as 32 upper case hexadecimal digits.
std::string md5_digits(const std::string& bytes);

}  // namespace tilework::imageio

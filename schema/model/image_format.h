// The file formats of images: by the endings of file names, and by what is in them. Pure; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace tilework {

struct ImageExtension {
  const char* text;    // ".jpg"
  const char* format;  // as schema/master.capnp names it
};

// All that are known; the first of a format is the usual one.
std::span<const ImageExtension> image_extensions();

// The format that a file's name stands for, in small letters or large; empty for others.
std::string format_of_name(const std::filesystem::path& file);

// "jpeg", "png", "tiff", "webp", "bmp" or "gif" by a file's first bytes (12 decide), whatever it is called.
std::optional<std::string> format_of_content(std::span<const unsigned char> start);

}  // namespace tilework

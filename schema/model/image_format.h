// The file formats of images as people meet them: by the endings of file names. Pure; any thread.
#pragma once

#include <filesystem>
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

}  // namespace tilework

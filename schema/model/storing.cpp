#include "schema/model/storing.h"

#include <algorithm>
#include <array>

#include "schema/model/error.h"

namespace tilework {
namespace {

constexpr std::array<std::string_view, 8> names{"auto", "none",     "lzw",  "deflate",
                                                "zstd", "packbits", "jpeg", "ccitt"};

std::string listed() {
  std::string list;
  for (const auto name : names) {
    list += (name == names.front() ? "" : name == names.back() ? " or " : ", ") + std::string(name);
  }
  return list;
}

}  // namespace

std::span<const std::string_view> compressions() {
  return names;
}

bool is_compression(std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void check_storing(const std::string& format, const std::string& compression, bool lossless) {
  if (!is_compression(compression)) {
    throw UserError("\"" + compression + "\" is no compression of TIFF; choose " + listed());
  }
  if (compression != "auto" && format != "tiff") {
    throw UserError("compression " + compression + " is for TIFF, and the output is of format " + format +
                    "; choose tiff, or compression auto");
  }
  if (lossless && (format == "jpeg" || format == "gif")) {
    throw UserError("a file of format " + format + " can't be lossless; choose png, tiff or webp");
  }
  if (lossless && compression == "jpeg") {
    throw UserError("TIFF with compression jpeg isn't lossless; choose compression deflate, zstd or lzw");
  }
}

}  // namespace tilework

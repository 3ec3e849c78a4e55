// What a reader of a file's chunks finds, and how much of it is taken: files aren't trusted. Plain values;
// any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/imageio/metadata/metadata.h"
#include "server/imageio/storage.h"

namespace tilework::imageio {

// Bytes of a file.
struct FilePart {
  std::int64_t at = 0;
  std::int64_t bytes = 0;
};

struct FileMetadata {
  Metadata metadata;
  Storage storage;
  std::vector<std::string> notes;  // what the user should know
  // What decoders needn't see, and would read slowly; in order.
  std::vector<FilePart> not_for_decoders;
  bool hides_exif = false;  // among them
};

// Larger chunks, packed or unpacked, are left out, and so are those that come when the file has given all
// that is taken.
inline constexpr std::size_t largest_chunk = 16 << 20;       // bytes
inline constexpr std::size_t most_metadata = 64 << 20;       // bytes, of all of a file's chunks
inline constexpr int most_metadata_chunks = 4096;            // that are read
inline constexpr int most_skipped_chunks = 4 * 1024 * 1024;  // of pixels

// For the user, of chunks that were left out for their size.
std::string too_large(std::uint64_t bytes);

}  // namespace tilework::imageio

// What a PNG file says besides its pixels (PNG 3rd edition, 11.3), wherever in the file it stands. Any
// thread.
#pragma once

#include "server/imageio/metadata/file_metadata.h"

namespace tilework::imageio {

// `fd` stays where it is. Damaged chunks are left out. What speaks about the samples as they were (tRNS,
// sBIT, bKGD, hIST, sPLT, tIME) isn't true of a result, and is left out, too; with a note where a viewer
// would show or a program would do something else for it.
FileMetadata read_png_metadata(int fd);

}  // namespace tilework::imageio

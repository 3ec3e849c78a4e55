// Starting the image library. Once in main(), before any other thread uses tilework::imageio.
#pragma once

namespace tilework::imageio {

// Refuses the loaders that aren't proof against hostile files, keeps no results of earlier operations, and
// lets nothing be printed to stderr. `program` is argv[0]. A second call does nothing. Throws
// tilework::Error.
void initialise(const char* program);

}  // namespace tilework::imageio

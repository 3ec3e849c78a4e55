// Remarks under keywords, on their way to formats that have places for some of them alone. Pure functions;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// Moves texts to the EXIF fields that mean the same and aren't taken: "Author" to Artist, "Comment" to
// ImageDescription or UserComment, ... The others are left out, with a note.
void place_texts_in_exif(Metadata& metadata, std::vector<std::string>& notes);

// The same, but those without a place stay.
void move_texts_to_exif(Metadata& metadata);

// The same, but comments stay, and so do the others.
void move_titles_to_exif(Metadata& metadata);

}  // namespace tilework::imageio

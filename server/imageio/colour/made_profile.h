// ICC profiles made of what PNG files say about colours, for formats that have no other place for it. Pure
// functions; any thread.
#pragma once

#include <string>

#include "server/imageio/metadata/metadata.h"

namespace tilework::imageio {

// The same bytes whenever it is called. Empty for sRGB, which needs no profile, and for what a profile can't
// say. In a file with a profile of its own, this one counts more if it is made of cICP and not empty.
std::string icc_of(const ColourSpace& colours, bool gray);

// What the user should know of colours that icc_of() can't say, in a sentence; empty if there is nothing.
// `file_format` is as in OutputSettings.
std::string colours_lost(const ColourSpace& colours, bool gray, const std::string& file_format);

}  // namespace tilework::imageio

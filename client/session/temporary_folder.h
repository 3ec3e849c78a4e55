// A folder for what a program needs while it runs.
#pragma once

#include <string>

namespace tilework::client {

// In $TMPDIR, or /tmp; its name begins with `prefix`, and nobody else can look into it. The caller removes
// it. `use` is for the message. Throws UserError when it can't be made.
std::string make_temporary_folder(const std::string& prefix, const std::string& use);

}  // namespace tilework::client

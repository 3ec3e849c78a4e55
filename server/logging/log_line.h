// How lines of the log look. Any thread.
#pragma once

#include <memory>

#include <spdlog/formatter.h>

namespace tilework::logging {

// time=... level=... pid=... and the message, which is made clean (schema/model/clean_text.h) and cut at 16
// KiB: whatever words of strangers it has in it, it is one line, and a terminal shows it. What could end a
// quotation in it is up to who logs: in_quotes().
std::unique_ptr<spdlog::formatter> line_formatter();

}  // namespace tilework::logging

// What a job is doing, as a line with a bar. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "schema/model/job.h"

namespace tilework::cli {

enum class Phase { waiting, uploading, queued, running, no_worker, downloading, no_master };

// A job at a moment.
struct Activity {
  Phase phase = Phase::waiting;
  std::uint64_t done = 0;  // bytes while it travels, segments while it runs
  std::uint64_t total = 0;
  std::chrono::microseconds elapsed{0};  // in this phase
};

// How much longer, if it goes on as it did. Zero while there is nothing to judge by.
std::chrono::microseconds time_left(const Activity& activity);

// "photo.jpg  [=====>    ]  47 %  12/25 segments  8.1/s  2 s left", at most `width` characters; a long name
// is cut in front.
std::string progress_line(const std::string& name, const Activity& activity, std::size_t width);

}  // namespace tilework::cli

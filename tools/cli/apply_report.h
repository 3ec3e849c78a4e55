// What `tilework apply` says of an image when it has ended. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "client/session/job.h"
#include "schema/model/error.h"
#include "tools/cli/outputs.h"

namespace tilework::cli {

// One image's end: the outcome, or the error.
struct ImageReport {
  ImageTask task;
  std::optional<client::JobOutcome> outcome;
  std::optional<Error> error;
  bool detects = false;  // a detector is in the recipe
};

// "tilework: the master at a:7400 was lost (the connection was closed); going on with b:7400".
std::string move_line(const client::MasterMove& move);

// "out.png: 4000x3000 pixels, 5.1 MB, in 2.31 s (cluster start 0.80 s, upload ..., run ..., download ...)".
// `start` is 0 where no cluster was started for it. Where masters were lost, all that it was at are named.
std::string success_line(const ImageReport& report, std::chrono::microseconds start);

// "tilework: photo.jpg: ...", naming the image once.
std::string error_line(const ImageReport& report);

// "3 of 4 images in 2.10 s (cluster start 0.45 s); 1 failed".
std::string summary_line(const std::vector<ImageReport>& reports, std::chrono::microseconds time,
                         std::chrono::microseconds start);

nlohmann::json to_json(const ImageReport& report, std::chrono::microseconds start);

}  // namespace tilework::cli

// The commands. Each prints its result, and returns the exit code or throws tilework::Error.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/common/exit_code.h"
#include "tools/cli/cluster.h"

namespace tilework::cli {

struct ApplyOptions {
  std::vector<std::string> images;
  std::vector<std::string> filters;  // as parse_call() reads them
  std::string output;
  std::string format;    // of the output: "png"; empty: by the extension
  std::string findings;  // file for what detectors find; empty for none
  int jpeg_quality = 95;
  std::string chroma = "auto";
  std::string compression = "auto";  // of TIFF
  bool lossless = false;
  bool allow_expansion = false;
  std::string tile;                      // "512x256", "512"; empty: the master chooses
  std::optional<double> worker_seconds;  // how long to wait where no worker is connected; none: for ever
};

ExitCode apply(const CommonOptions& common, const ApplyOptions& options, const std::stop_token& stop);

// One filter in full, or all in a table if `name` is empty. With `watch`, the changes follow until it is
// interrupted.
ExitCode filters(const CommonOptions& common, const std::string& name, bool watch,
                 const std::stop_token& stop);

ExitCode status(const CommonOptions& common, const std::stop_token& stop);

}  // namespace tilework::cli

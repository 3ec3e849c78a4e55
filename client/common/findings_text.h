// What `tilework apply` says of findings, and the files that it writes of them. Pure; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schema/model/finding.h"

namespace tilework::cli {

struct ImageFindings {
  std::string image;  // as the user typed it
  const std::vector<Finding>* findings;
};

// "12 findings", or "12 findings (8 cell, 4 dust)" where there are several labels, the most frequent first.
std::string findings_summary(const std::vector<Finding>& findings);

// Throws UserError unless the file's extension is one of those that findings_text() knows and its folder
// exists.
void check_findings_file(const std::filesystem::path& file);

// The content of a file of findings: .csv has a head and a line for each, .json an array with an object for
// each, both with image, label, left, top, width, height (pixels) and score.
std::string findings_text(const std::filesystem::path& file, const std::vector<ImageFindings>& images);

}  // namespace tilework::cli

// The file that --findings names. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/common/findings_text.h"
#include "client/session/output_file.h"

namespace tilework::cli {

class FindingsFile {
 public:
  // `name` as the user typed it: "-" is standard output, as CSV. Throws UserError where no such file can be
  // made.
  explicit FindingsFile(std::string name);

  // Called once. Throws Error when it can't be written.
  void write(const std::vector<ImageFindings>& images);

 private:
  std::string name_;
  std::optional<client::OutputFile> file_;  // none for standard output
};

}  // namespace tilework::cli

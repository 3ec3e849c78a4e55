// Standard output, a FIFO or a device as the place of a result. They can't be replaced in one step as files
// are: the result is kept in a temporary file, and flows on when it is complete. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <sys/types.h>

#include "tools/cli/temporary_file.h"

namespace tilework::cli {

// Whether the output of that name is one: "-", which is standard output, or what is there under that name.
bool is_stream(const std::string& output);

// Throws UserError where nothing can flow, or nothing should: into a terminal.
void check_stream(const std::string& output);

// The device and inode of the file that standard input or output is; nothing for pipes and the like.
std::optional<std::pair<dev_t, ino_t>> file_behind(int descriptor);

class StreamOutput {
 public:
  // Throws UserError where no temporary file can be made.
  explicit StreamOutput(std::string output) : output_(std::move(output)) {}

  // Takes the result.
  const TemporaryFile& file() const { return file_; }

  // Blocks until all of the file has flown on: a FIFO waits for its reader. Throws Error when it can't be
  // written, as when the reader went away, and Fault::cancelled when a stop is requested.
  void deliver(const std::stop_token& stop) const;

 private:
  std::string output_;
  TemporaryFile file_;
};

}  // namespace tilework::cli

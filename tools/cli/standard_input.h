// An image that comes on standard input, of a length that nobody knows: kept in a temporary file, so that it
// can be uploaded as any other, and again at the next master. One thread.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "tools/cli/temporary_file.h"

namespace tilework::cli {

class StandardInput {
 public:
  // Blocks until the first bytes have come, or until a stop is requested. Throws UserError where there is no
  // image to come, and Fault::cancelled for the stop.
  explicit StandardInput(std::stop_token stop);

  // By the first bytes; empty where they are of no format that is known.
  const std::string& format() const { return format_; }

  // Blocks until all of it has come. Throws as the constructor does, and Error when the disk is full.
  void read_rest();

  // Of the file that has it.
  std::filesystem::path path() const { return file_.path(); }

 private:
  // 0 at its end.
  std::size_t read_some();

  std::stop_token stop_;
  TemporaryFile file_;
  std::string format_;
};

}  // namespace tilework::cli

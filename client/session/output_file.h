// A file that appears complete or not at all: it is written under another name in the same folder, which
// takes the place of the target at the end. One thread at a time.
#pragma once

#include <filesystem>
#include <string>

#include <kj/io.h>

namespace tilework::client {

class OutputFile {
 public:
  // `tag` makes the temporary name unique. Permissions follow from the umask. Throws UserError where the
  // folder can't be written to.
  OutputFile(const std::filesystem::path& target, const std::string& tag);
  // Removes what was written, unless it was committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // For writing; another descriptor each time.
  kj::AutoCloseFd open() const;

  // Puts the file in the target's place. Throws tilework::Error.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

}  // namespace tilework::client

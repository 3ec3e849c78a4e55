// A file that appears complete or not at all: it is written without a name, or under a temporary one where
// the file system wants one, and takes the place of the target at the end. One thread at a time.
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
  // What was not committed is gone.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // For writing; another descriptor each time. Throws tilework::Error.
  kj::AutoCloseFd duplicate() const;

  // Puts the file in the target's place. Throws tilework::Error.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  kj::AutoCloseFd file_;
  bool named_ = false;  // there is a file of that temporary name
};

}  // namespace tilework::client

// A file that appears complete or not at all: it is written without a name, or under a temporary one where
// the file system wants one, and takes the place of the target at the end. One thread at a time.
#pragma once

#include <filesystem>
#include <string>

#include <kj/io.h>

namespace tilework::client {

// Where an output of that name is written: at the end of its symbolic links, whether there is a file or not.
// Throws UserError for what a user has to mend before a file can be there: a folder that is missing or can't
// be written to, a name that is too long, links in a circle, something else in the file's place.
std::filesystem::path output_target(const std::filesystem::path& name);

class OutputFile {
 public:
  // `tag` makes the temporary name unique. Permissions follow from the umask. Throws UserError as
  // output_target() does.
  OutputFile(const std::filesystem::path& target, const std::string& tag);
  // A file that is open for writing, and stays the caller's: it is emptied, and has no place to take.
  explicit OutputFile(int file);
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

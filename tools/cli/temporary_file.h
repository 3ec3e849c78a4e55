// A file without a name in $TMPDIR, or /tmp: gone with its owner, however that ends. One thread.
#pragma once

#include <filesystem>
#include <string>

namespace tilework::cli {

class TemporaryFile {
 public:
  // Throws UserError where none can be made.
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return file_; }
  // By which this process can open it once more.
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }
  // Where it lies.
  const std::string& folder() const { return folder_; }

  // Appends at the descriptor's position. Throws Error, when the disk is full for example; `what` begins the
  // sentence: "standard input can't be stored".
  void append(const char* bytes, std::size_t size, const std::string& what);

 private:
  std::string folder_;
  int file_;
};

}  // namespace tilework::cli

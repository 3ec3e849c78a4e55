// A file that is open for reading. One thread.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::imageio {

class OpenedFile {
 public:
  // `name` is for the message. Throws UserError.
  OpenedFile(const std::string& path, const std::string& name)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // not to wait for a pipe's writer
    if (fd_ < 0) throw UserError(name + " can't be opened: " + std::generic_category().message(errno));
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;
  ~OpenedFile() { close(fd_); }

  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace tilework::imageio

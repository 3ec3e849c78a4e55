#include "server/log_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "schema/model/error.h"

namespace tilework::server {
namespace {

// Why a file can't be appended to; "" if it can. Makes it.
std::string trouble_with(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return std::strerror(errno);
  ::close(fd);
  return {};
}

}  // namespace

LogFile::LogFile(const std::string& path) : path_(path) {
  if (const std::string trouble = trouble_with(path); !trouble.empty()) {
    throw UserError("the log file " + path + " can't be written: " + trouble +
                    "; name another with --log-file");
  }
  file_.open(path);
}

std::string LogFile::reopen() {
  std::string trouble = trouble_with(path_);
  if (!trouble.empty()) return trouble;
  const std::lock_guard<std::mutex> lock(mutex_);
  file_.reopen(false);
  return {};
}

void LogFile::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  file_.write(line);
}

void LogFile::flush_() {
  file_.flush();
}

}  // namespace tilework::server

// The log as a file that can be moved away while it is written: after a rotation it is opened again by its
// name.
#pragma once

#include <mutex>
#include <string>

#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>

namespace tilework::server {

// A sink that appends. Any thread.
class LogFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // Throws UserError when the file can't be written.
  explicit LogFile(const std::string& path);

  // Goes on with a file of the same name, which is made if it isn't there. Where that can't be had, the lines
  // go where they went; answers what was in the way then, else "".
  std::string reopen();

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;

  std::string path_;
  spdlog::details::file_helper file_;
};

}  // namespace tilework::server

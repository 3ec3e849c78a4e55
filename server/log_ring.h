// The newest lines of the log, for administrators who read it from afar. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <spdlog/sinks/base_sink.h>

#include "schema/model/admin.h"

namespace tilework::server {

// A sink of the program's logger, beside the one that writes the log.
class LogRing final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogRing(std::size_t capacity = 2'000) : capacity_(capacity) {}

  // The newest lines with numbers above `number`, `most` of them at most, the oldest of them first.
  std::vector<LogLine> after(std::uint64_t number, std::size_t most);

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  const std::size_t capacity_;
  std::uint64_t last_ = 0;         // number of the newest line
  std::deque<std::string> lines_;  // the newest at the end
};

}  // namespace tilework::server

#include "server/log_ring.h"

#include <algorithm>

namespace tilework::server {

std::vector<LogLine> LogRing::after(std::uint64_t number, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t wanted = last_ - std::min(number, last_);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>({wanted, most, lines_.size()}));
  std::vector<LogLine> lines;
  lines.reserve(count);
  for (std::size_t i = lines_.size() - count; i < lines_.size(); ++i) {
    lines.push_back({last_ - (lines_.size() - 1 - i), lines_[i]});
  }
  return lines;
}

void LogRing::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t text;
  formatter_->format(message, text);
  std::string line(text.data(), text.size());
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  ++last_;
  lines_.push_back(std::move(line));
  if (lines_.size() > capacity_) lines_.pop_front();
}

}  // namespace tilework::server

#include "server/host/output/said_lines.h"

#include <algorithm>
#include <utility>

#include "schema/model/clean_text.h"

namespace tilework::host {

void SaidLines::add(std::string_view bytes, Clock::time_point now) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, bytes.find('\n'));
    const std::size_t kept = std::min(part.size(), limits_.line_bytes - line_.size());
    line_ += part.substr(0, kept);
    dropped_ += part.size() - kept;
    bytes.remove_prefix(part.size());
    if (bytes.empty()) return;
    bytes.remove_prefix(1);
    finish_line(now);
  }
}

void SaidLines::end(Clock::time_point now) {
  finish_line(now);
}

void SaidLines::finish_line(Clock::time_point now) {
  std::string line = std::exchange(line_, {});
  if (line.empty()) return;
  if (!may_log(line.size(), now)) {
    dropped_ += line.size();
    return;
  }
  ++lines_;
  bytes_ += line.size();
  bytes_in_all_ += line.size();
  log_(clean_line(line, limits_.line_bytes));
}

bool SaidLines::may_log(std::size_t bytes, Clock::time_point now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_ = 0;
    bytes_ = 0;
  }
  const bool is_within =
      lines_ < limits_.lines_a_second && bytes_ < limits_.bytes_a_second && bytes_in_all_ < limits_.bytes;
  return is_within && together_.take(bytes, now);
}

}  // namespace tilework::host

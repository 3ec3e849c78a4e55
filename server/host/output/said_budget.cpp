#include "server/host/output/said_budget.h"

namespace tilework::host {
namespace {

constexpr auto pause_between_telling = std::chrono::minutes(1);

// Whether what began then, and takes so long, is over; it begins now then.
bool begins_anew(std::optional<SaidBudget::Clock::time_point>& began, SaidBudget::Clock::duration length,
                 SaidBudget::Clock::time_point now) {
  if (began && now - *began < length) return false;
  began = now;
  return true;
}

}  // namespace

bool SaidBudget::take(std::size_t bytes, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (begins_anew(second_, std::chrono::seconds(1), now)) lines_ = 0;
  if (begins_anew(hour_, std::chrono::hours(1), now)) bytes_ = 0;
  bytes += limits_.bytes_around_a_line;
  if (lines_ == limits_.lines_a_second || bytes > limits_.bytes_an_hour - bytes_) {
    ++left_out_;
    return false;
  }
  ++lines_;
  bytes_ += bytes;
  return true;
}

std::optional<std::uint64_t> SaidBudget::untold(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (left_out_ == 0 || !begins_anew(told_, pause_between_telling, now)) return std::nullopt;
  return std::exchange(left_out_, 0);
}

}  // namespace tilework::host

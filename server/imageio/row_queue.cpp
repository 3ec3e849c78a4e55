#include "server/imageio/row_queue.h"

#include <algorithm>
#include <utility>

namespace tilework::imageio {
namespace {

std::size_t bytes_of(const cv::Mat& rows) {
  return rows.total() * rows.elemSize();
}

}  // namespace

bool RowQueue::push(cv::Mat rows) {
  std::unique_lock lock(mutex_);
  const std::size_t bytes = bytes_of(rows);
  changed_.wait(
      lock, [&] { return stopped_ || strips_.empty() || bytes_ + bytes <= capacity_ || wanted_ > pushed_; });
  if (stopped_) return false;
  const int height = rows.rows;
  strips_.push_back({pushed_, std::move(rows)});
  pushed_ += height;
  bytes_ += bytes;
  changed_.notify_all();
  return true;
}

bool RowQueue::copy(int left, int top, cv::Mat& out) {
  const int bottom = top + out.rows;
  std::unique_lock lock(mutex_);
  while (!strips_.empty() && strips_.front().top + strips_.front().rows.rows <= top) {
    bytes_ -= bytes_of(strips_.front().rows);
    strips_.pop_front();
  }
  wanted_ = std::max(wanted_, bottom);
  changed_.notify_all();
  changed_.wait(lock, [&] { return stopped_ || pushed_ >= bottom; });
  if (stopped_) return false;
  // Only this thread takes strips away, and a deque's elements stay where they are while others are added.
  std::deque<const Strip*> covering;
  for (const Strip& strip : strips_) covering.push_back(&strip);
  lock.unlock();
  for (const Strip* strip : covering) {
    const int from = std::max(top, strip->top);
    const int to = std::min(bottom, strip->top + strip->rows.rows);
    if (from >= to) continue;
    strip->rows(cv::Range(from - strip->top, to - strip->top), cv::Range(left, left + out.cols))
        .copyTo(out.rowRange(from - top, to - top));
  }
  return true;
}

void RowQueue::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace tilework::imageio

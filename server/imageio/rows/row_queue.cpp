#include "server/imageio/rows/row_queue.h"

#include <algorithm>

namespace tilework::imageio {

bool RowQueue::give(const std::vector<cv::Mat>& parts) {
  std::unique_lock lock(mutex_);
  if (stopped_) return false;
  parts_ = &parts;
  left_ = parts.front().rows;
  changed_.notify_all();
  changed_.wait(lock, [&] { return left_ == 0 || (stopped_ && !taking_); });
  parts_ = nullptr;
  return left_ == 0;
}

bool RowQueue::take(int top, cv::Mat& out, Convert convert) {
  std::unique_lock lock(mutex_);
  if (top != next_) return false;
  for (int done = 0; done < out.rows;) {
    changed_.wait(lock, [&] { return stopped_ || left_ > 0; });
    if (stopped_) return false;
    const std::vector<cv::Mat>& parts = *parts_;
    const int rows = std::min(left_, out.rows - done);
    const int first = parts.front().rows - left_;
    taking_ = true;
    lock.unlock();
    int column = 0;
    for (const cv::Mat& part : parts) {
      cv::Mat to = out(cv::Rect(column, done, part.cols, rows));
      convert(part.rowRange(first, first + rows), to);
      column += part.cols;
    }
    lock.lock();
    taking_ = false;
    left_ -= rows;
    next_ += rows;
    done += rows;
    changed_.notify_all();
  }
  return true;
}

void RowQueue::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace tilework::imageio

// Rows on their way from one thread to another, in order and bounded in bytes. One thread pushes, one copies
// out; any may stop it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include <opencv2/core.hpp>

namespace tilework::imageio {

class RowQueue {
 public:
  // Holds about `capacity` bytes, but always as many rows as are being waited for.
  explicit RowQueue(std::size_t capacity) : capacity_(capacity) {}

  // Waits for room. `rows` is the queue's from now on. False when the queue was stopped.
  bool push(cv::Mat rows);

  // Waits for rows [top, top + height) and copies their columns from `left` to `out`. Rows above `top` are
  // forgotten: requests must not go back. False when the queue was stopped.
  bool copy(int left, int top, cv::Mat& out);

  // Wakes everyone, for good.
  void stop();

 private:
  struct Strip {
    int top;
    cv::Mat rows;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Strip> strips_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;  // in strips_
  int pushed_ = 0;         // rows so far
  int wanted_ = 0;         // the row below the last one asked for
  bool stopped_ = false;
};

}  // namespace tilework::imageio

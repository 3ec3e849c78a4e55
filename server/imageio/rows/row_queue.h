// Hands rows from the thread that has them to the thread that takes them, in order and without a copy in
// between. One thread gives, one takes; any may stop it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include <opencv2/core.hpp>

namespace tilework::imageio {

class RowQueue {
 public:
  using Convert = void (*)(const cv::Mat& from, cv::Mat& to);

  // Gives the next rows, as matrices side by side, and waits until all of them were taken: their memory isn't
  // used after that. False when the queue was stopped.
  bool give(const std::vector<cv::Mat>& parts);

  // Fills `out`, which is as wide as the rows, with the rows from `top` on; waits until they were given. Each
  // row is taken once, in order: anything else is refused with false, as when the queue was stopped.
  bool take(int top, cv::Mat& out, Convert convert);

  // Wakes everyone, for good.
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::vector<cv::Mat>* parts_ = nullptr;  // the giver's, which waits
  int left_ = 0;                                 // rows of parts_ that weren't taken
  int next_ = 0;                                 // the next row to be taken
  bool taking_ = false;
  bool stopped_ = false;
};

}  // namespace tilework::imageio

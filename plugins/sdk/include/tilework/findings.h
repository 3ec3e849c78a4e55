// Where a detector puts what it finds.
#pragma once

#include <stdexcept>

#include <opencv2/core.hpp>
#include <tilework/abi.h>

namespace tilework {

// Used while detect() runs, by its thread.
class Findings {
 public:
  explicit Findings(const TileworkFindings& host) : host_(&host) {}

  // `box` in pixels of the matrix that detect() was given; `label` says what it is, in UTF-8 of at most 64
  // bytes; `score` how sure or how strong, a finite number. The order doesn't matter. Throws
  // std::runtime_error when the host takes no more.
  void add(const cv::Rect& box, const char* label, double score) {
    const TileworkRect rect{box.x, box.y, box.width, box.height};
    if (host_->add(host_->context, &rect, label, score) != 0) {
      throw std::runtime_error("a finding was refused");
    }
  }

 private:
  const TileworkFindings* host_;
};

}  // namespace tilework

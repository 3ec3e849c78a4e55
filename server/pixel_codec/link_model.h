// Decides whether what is sent over a link should be packed first. Pure; one thread.
//
// Packing pays when the time that the link saves is more than the time that both ends spend on it: a byte of
// pixels then costs `ratio` bytes of the link's time instead of one, and 1 + unpacking_share times the time
// of packing it. All three figures are what was seen last, smoothed: the link's rate as the kernel tells it,
// the ratio and the rate of packing from the segments that were packed. The rule counts as if nothing went on
// at the same time, and so leaves the processors to the filters when it is about even. While pixels go plain
// over a link on which good packing would pay, every so often one segment is packed all the same: the next
// image may be another.
#pragma once

#include <chrono>
#include <cstddef>

namespace tilework::pixel_codec {

class LinkModel {
 public:
  // What the link carries, in bytes a second.
  void saw_rate(double bytes_per_second);
  // What packing cost and gained.
  void saw_packing(std::size_t plain_bytes, std::size_t packed_bytes, std::chrono::nanoseconds time);

  // Whether to pack what is sent next.
  bool choose();

 private:
  // Nanoseconds that a byte of pixels takes in all when it is packed into `ratio` bytes.
  double packed_cost(double ratio) const;
  double plain_cost() const { return 1e9 / rate_; }

  double rate_ = 0;            // bytes a second; 0 until it is known
  double ratio_ = 0.4;         // as on photographs, until it is known
  double packing_time_ = 2.5;  // nanoseconds a byte, likewise
  unsigned plain_in_row_ = 0;
};

}  // namespace tilework::pixel_codec

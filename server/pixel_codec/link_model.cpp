#include "server/pixel_codec/link_model.h"

#include <algorithm>

namespace tilework::pixel_codec {
namespace {

// Unpacking takes about this much of the time of packing: see README.md.
constexpr double unpacking_share = 0.7;
constexpr double weight = 0.25;       // of what is seen, against what was seen before
constexpr double good_ratio = 0.2;    // of a blurred photograph
constexpr unsigned probe_every = 32;  // segments

void smooth(double& value, double seen) {
  value += weight * (seen - value);
}

}  // namespace

void LinkModel::saw_rate(double bytes_per_second) {
  if (bytes_per_second <= 0) return;
  // Times add up, not rates: a short burst must not hide what the link does.
  rate_ = rate_ == 0 ? bytes_per_second : 1 / ((1 - weight) / rate_ + weight / bytes_per_second);
}

void LinkModel::saw_packing(std::size_t plain_bytes, std::size_t packed_bytes,
                            std::chrono::nanoseconds time) {
  if (plain_bytes == 0) return;
  const auto plain = static_cast<double>(plain_bytes);
  smooth(ratio_, std::min(1.0, static_cast<double>(packed_bytes) / plain));
  smooth(packing_time_, static_cast<double>(time.count()) / plain);
}

double LinkModel::packed_cost(double ratio) const {
  return ratio * plain_cost() + (1 + unpacking_share) * packing_time_;
}

bool LinkModel::choose() {
  if (rate_ == 0) return false;
  bool pack = packed_cost(ratio_) < plain_cost();
  if (!pack && packed_cost(std::min(ratio_, good_ratio)) < plain_cost()) {
    pack = ++plain_in_row_ >= probe_every;
  }
  if (pack) plain_in_row_ = 0;
  return pack;
}

}  // namespace tilework::pixel_codec

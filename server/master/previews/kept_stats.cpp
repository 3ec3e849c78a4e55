#include "server/master/previews/kept_stats.h"

namespace tilework::master {

const KeptStats::Bytes* KeptStats::find(const std::string& key) const {
  const auto found = stats_.find(key);
  return found == stats_.end() ? nullptr : &found->second;
}

void KeptStats::keep(const std::string& key, const Bytes& stats) {
  if (stats_.contains(key)) return;
  const bool fits = bytes_ + stats.size() <= most_of_one && *of_all_ + stats.size() <= most_of_all;
  if (!fits || stats_.size() >= most_of_one_in_number) drop();
  if (stats.size() > most_of_one || *of_all_ + stats.size() > most_of_all) return;
  stats_[key] = stats;
  bytes_ += stats.size();
  *of_all_ += stats.size();
}

void KeptStats::drop() {
  *of_all_ -= std::exchange(bytes_, 0);
  stats_.clear();
}

}  // namespace tilework::master

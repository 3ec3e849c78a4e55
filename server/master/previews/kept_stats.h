// Stats of whole levels that a view has been shown with, for when it moves. On the event loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tilework::master {

class KeptStats {
 public:
  using Bytes = std::vector<std::byte>;

  // How much is kept: by one view, and by all of a master, in bytes.
  static constexpr std::uint64_t most_of_one = 128 << 20;
  static constexpr std::uint64_t most_of_all = 512 << 20;
  static constexpr std::size_t most_of_one_in_number = 256;

  // `of_all` are the bytes that all views together keep.
  explicit KeptStats(std::shared_ptr<std::uint64_t> of_all) : of_all_(std::move(of_all)) {}
  ~KeptStats() { drop(); }
  KeptStats(const KeptStats&) = delete;
  KeptStats& operator=(const KeptStats&) = delete;

  // Null where they aren't kept. Valid until the next keep().
  const Bytes* find(const std::string& key) const;
  // All that this view had before goes where there would be too much; what is too much by itself isn't kept.
  void keep(const std::string& key, const Bytes& stats);

 private:
  void drop();

  std::shared_ptr<std::uint64_t> of_all_;
  std::uint64_t bytes_ = 0;  // of this view's
  std::map<std::string, Bytes> stats_;
};

}  // namespace tilework::master

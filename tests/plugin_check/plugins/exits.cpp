// Ends its process as if all were well.
#include <cstdlib>

#include <tilework/filter.h>

struct Exits {
  static constexpr tilework::About about{
      .name = "test-exits", .version = "1.0.0", .label = "Bad", .group = "Test", .help = "Leaves."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat&, cv::Mat&) const { std::exit(0); }
};

TILEWORK_FILTERS(Exits)

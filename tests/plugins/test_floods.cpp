// Filters that go against the servers rather than against pixels.
#include <tilework/filter.h>

#include "flood.h"

namespace {

struct Floods {
  static constexpr tilework::About about{.name = "test-floods",
                                         .version = "1.0.0",
                                         .label = "Floods",
                                         .group = "Test",
                                         .help = "Asks its host's parent a million questions."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const {
    tilework::test::flood_parent();
    in.copyTo(out);
  }
};

}  // namespace

TILEWORK_FILTERS(Floods)

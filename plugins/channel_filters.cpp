#include <opencv2/core.hpp>
#include <tilework/filter.h>

// Keeps one channel (in the order blue, green, red) and makes the others 0.
template <int Channel>
struct ChannelFilter {
  static constexpr tilework::Takes takes{.gray = false};

  tilework::Halo halo() const { return tilework::Halo::none(); }

  void apply(const cv::Mat& in, cv::Mat& out) const {
    out.create(in.size(), in.type());
    out.setTo(0);
    cv::mixChannels(in, out, {Channel, Channel});
  }
};

struct RedFilter : ChannelFilter<2> {
  static constexpr tilework::About about{.name = "red-filter",
                                         .version = "1.0.0",
                                         .label = "Red filter",
                                         .group = "Colour",
                                         .help = "Keeps red alone."};
};

struct GreenFilter : ChannelFilter<1> {
  static constexpr tilework::About about{.name = "green-filter",
                                         .version = "1.0.0",
                                         .label = "Green filter",
                                         .group = "Colour",
                                         .help = "Keeps green alone."};
};

struct BlueFilter : ChannelFilter<0> {
  static constexpr tilework::About about{.name = "blue-filter",
                                         .version = "1.0.0",
                                         .label = "Blue filter",
                                         .group = "Colour",
                                         .help = "Keeps blue alone."};
};

TILEWORK_FILTERS(RedFilter, GreenFilter, BlueFilter)

#include <algorithm>
#include <array>
#include <limits>

#include <tilework/filter.h>

#include "levels.h"

struct AutoLevels {
  static constexpr tilework::About about{
      .name = "auto-levels",
      .version = "1.0.0",
      .label = "Auto levels",
      .group = "Tone",
      .help = "Stretches the values so that the darkest become black and the brightest white."};
  double clip_dark = 0.5;
  double clip_bright = 0.5;
  bool joint = false;

  static auto parameters() {
    return tilework::parameters(tilework::real("clip-dark", &AutoLevels::clip_dark)
                                    .label("Clip dark")
                                    .unit("%")
                                    .range(0, 49)
                                    .soft_range(0, 5)
                                    .help("The share of the darkest values that may become black."),
                                tilework::real("clip-bright", &AutoLevels::clip_bright)
                                    .label("Clip bright")
                                    .unit("%")
                                    .range(0, 49)
                                    .soft_range(0, 5)
                                    .help("The share of the brightest values that may become white."),
                                tilework::boolean("joint", &AutoLevels::joint)
                                    .label("Channels together")
                                    .help("Stretches all channels alike, which keeps the hues."));
  }

  static constexpr std::size_t most_channels = 3;

  // The levels that become black and white.
  struct Range {
    std::uint32_t black = 0;
    std::uint32_t white = 0;
  };

  struct Stats {
    std::array<levels::Histogram, most_channels> histograms;  // of each channel, until finish()
    std::array<Range, most_channels> ranges{};                // from then on

    void write(tilework::Writer& writer) const {
      for (const auto& histogram : histograms) writer.put(histogram);
      writer.put(ranges);
    }
    static Stats read(tilework::Reader& reader) {
      Stats stats;
      for (auto& histogram : stats.histograms) histogram = reader.get_vector<std::uint64_t>();
      stats.ranges = reader.get<std::array<Range, most_channels>>();
      return stats;
    }
  };

  tilework::Halo halo() const { return tilework::Halo::none(); }

  void analyse(const cv::Mat& in, const tilework::Place& place, Stats& stats) const {
    const cv::Mat tile = in(place.tile_in_segment());
    for (int channel = 0; channel < in.channels(); ++channel) {
      levels::count(tile, channel, stats.histograms[static_cast<std::size_t>(channel)]);
    }
  }

  void merge(Stats& into, const Stats& from) const {
    for (std::size_t i = 0; i < most_channels; ++i) levels::add(into.histograms[i], from.histograms[i]);
  }

  void finish(Stats& stats) const {
    if (joint) {
      for (std::size_t i = 1; i < most_channels; ++i) levels::add(stats.histograms[0], stats.histograms[i]);
    }
    for (std::size_t i = 0; i < most_channels; ++i) {
      stats.ranges[i] = range_of(stats.histograms[joint ? 0 : i]);
    }
    stats.histograms = {};
  }

  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) const {
    out.create(in.size(), in.type());
    levels::with_value_type(in.depth(), [&](auto type) {
      for (int channel = 0; channel < in.channels(); ++channel) {
        stretch<decltype(type)>(stats.ranges[static_cast<std::size_t>(channel)], channel, in, out);
      }
    });
  }

 private:
  Range range_of(const levels::Histogram& histogram) const {
    std::uint64_t total = 0;
    for (const std::uint64_t count : histogram) total += count;
    if (total == 0) return {};  // a channel that the image doesn't have
    return {end_of(histogram.begin(), histogram.end(), static_cast<double>(total) * clip_dark / 100),
            static_cast<std::uint32_t>(histogram.size()) - 1 -
                end_of(histogram.rbegin(), histogram.rend(), static_cast<double>(total) * clip_bright / 100)};
  }

  // How many levels, from this end of the histogram on, hold no more than `clipped` values together.
  template <class Iterator>
  static std::uint32_t end_of(Iterator begin, Iterator end, double clipped) {
    std::uint64_t sum = 0;
    const auto first_beyond = std::find_if(
        begin, end, [&](std::uint64_t count) { return static_cast<double>(sum += count) > clipped; });
    return static_cast<std::uint32_t>(first_beyond - begin);
  }

  // A channel of a single level stays as it is.
  template <class T>
  static void stretch(const Range& range, int channel, const cv::Mat& in, cv::Mat& out) {
    const double black = range.white > range.black ? range.black : 0;
    const double width = range.white > range.black ? range.white - range.black
                                                   : static_cast<double>(levels::count_for(in.depth()) - 1);
    const double white = std::is_floating_point_v<T> ? 1 : std::numeric_limits<T>::max();
    for (int y = 0; y < in.rows; ++y) {
      const T* from = in.ptr<T>(y) + channel;
      T* to = out.ptr<T>(y) + channel;
      for (int x = 0; x < in.cols; ++x, from += in.channels(), to += in.channels()) {
        const double share = (static_cast<double>(levels::position(*from)) - black) / width;
        *to = cv::saturate_cast<T>(std::clamp(share, 0.0, 1.0) * white);
      }
    }
  }
};
TILEWORK_FILTERS(AutoLevels)

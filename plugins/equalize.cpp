#include <cmath>

#include <tilework/filter.h>
#include <tilework/vectors.h>

#include "levels.h"

struct Equalize {
  static constexpr tilework::About about{
      .name = "equalize",
      .version = "1.0.0",
      .label = "Equalize",
      .group = "Tone",
      .help =
          "Spreads brightness evenly over the whole range (histogram equalisation of the "
          "luma; the colours' chroma stays)."};

  struct Stats {
    levels::Histogram histogram;   // until finish()
    std::vector<float> new_level;  // from then on: the level that becomes of each

    void write(tilework::Writer& writer) const {
      writer.put(histogram);
      writer.put(new_level);
    }
    static Stats read(tilework::Reader& reader) {
      Stats stats;
      stats.histogram = reader.get_vector<std::uint64_t>();
      stats.new_level = reader.get_vector<float>();
      return stats;
    }
  };

  tilework::Halo halo() const { return tilework::Halo::none(); }

  void analyse(const cv::Mat& in, const tilework::Place& place, Stats& stats) const {
    levels::count(luma_first(in(place.tile_in_segment())), 0, stats.histogram);
  }
  void merge(Stats& into, const Stats& from) const { levels::add(into.histogram, from.histogram); }

  // In the steps of cv::equalizeHist, float rounding included, so that 8 bit comes out the same.
  void finish(Stats& stats) const {
    const levels::Histogram& histogram = stats.histogram;
    std::uint64_t total = 0;
    for (const std::uint64_t count : histogram) total += count;
    stats.new_level.resize(histogram.size());
    std::size_t level = 0;
    while (level + 1 < histogram.size() && histogram[level] == 0) ++level;
    const auto rest = static_cast<float>(total - histogram[level]);
    const float scale = static_cast<float>(histogram.size() - 1) / rest;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < histogram.size(); ++i) {
      if (i > level) sum += histogram[i];
      // An image of a single level stays as it is.
      stats.new_level[i] = rest == 0 ? static_cast<float>(i) : static_cast<float>(sum) * scale;
    }
    stats.histogram.clear();
  }

  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) const {
    cv::Mat mapped = luma_first(in);
    levels::with_value_type(in.depth(), [&](auto type) { map_first(stats.new_level, mapped, type); });
    if (in.channels() == 1) {
      mapped.copyTo(out);
    } else {
      tilework::pixelwise(mapped, out, [](cv::InputArray from, cv::OutputArray to) {
        cv::cvtColor(from, to, cv::COLOR_YCrCb2BGR);
      });
    }
  }

 private:
  // Pixels whose first channel is the luma; a copy.
  static cv::Mat luma_first(const cv::Mat& in) {
    if (in.channels() == 1) return in.clone();
    cv::Mat result;
    tilework::pixelwise(in, result, [](cv::InputArray from, cv::OutputArray to) {
      cv::cvtColor(from, to, cv::COLOR_BGR2YCrCb);
    });
    return result;
  }

  // Float values between two levels go between what becomes of these.
  template <class T>
  static void map_first(const std::vector<float>& new_level, cv::Mat& pixels, T) {
    for (int y = 0; y < pixels.rows; ++y) {
      T* value = pixels.ptr<T>(y);
      for (int x = 0; x < pixels.cols; ++x, value += pixels.channels()) {
        if constexpr (std::is_floating_point_v<T>) {
          const float position = levels::position(*value);
          const auto below = std::min(static_cast<std::size_t>(position), new_level.size() - 2);
          const float fraction = position - static_cast<float>(below);
          *value = std::lerp(new_level[below], new_level[below + 1], fraction) / 65535;
        } else {
          *value = cv::saturate_cast<T>(new_level[*value]);
        }
      }
    }
  }
};
TILEWORK_FILTERS(Equalize)

// Global filters whose stats are large, and take their time to be merged.
#include <chrono>
#include <thread>
#include <vector>

#include <tilework/filter.h>

namespace {

// Makes of an image one whose pixels are the number of its tiles.
template <int mebibytes, int merge_milliseconds>
struct Counts {
  struct Stats {
    std::uint8_t tiles = 0;
    void write(tilework::Writer& writer) const {
      writer.put(tiles);
      writer.put(std::vector<char>(std::size_t{mebibytes} << 20));
    }
    static Stats read(tilework::Reader& reader) {
      const Stats stats{reader.get<std::uint8_t>()};
      reader.get_vector<char>();
      return stats;
    }
  };
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void analyse(const cv::Mat&, const tilework::Place&, Stats& stats) const { ++stats.tiles; }
  void merge(Stats& into, const Stats& from) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(merge_milliseconds));
    into.tiles = static_cast<std::uint8_t>(into.tiles + from.tiles);
  }
  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) const {
    out.create(in.size(), in.type());
    out.setTo(cv::Scalar::all(stats.tiles));
  }
};

struct LearnsMuch : Counts<12, 30> {
  static constexpr tilework::About about{.name = "test-learns-much",
                                         .version = "1.0.0",
                                         .label = "Learns much",
                                         .group = "Test",
                                         .help = "Has stats of 12 MiB for a tile."};
};
struct LearnsTooMuch : Counts<17, 30> {
  static constexpr tilework::About about{.name = "test-learns-too-much",
                                         .version = "1.0.0",
                                         .label = "Learns too much",
                                         .group = "Test",
                                         .help = "Has stats of 17 MiB for a tile."};
};
struct MergesSlowly : Counts<0, 8000> {
  static constexpr tilework::About about{.name = "test-merges-slowly",
                                         .version = "1.0.0",
                                         .label = "Merges slowly",
                                         .group = "Test",
                                         .help = "Takes 8 s to merge the stats of a tile."};
};

}  // namespace

TILEWORK_FILTERS(LearnsMuch, LearnsTooMuch, MergesSlowly)

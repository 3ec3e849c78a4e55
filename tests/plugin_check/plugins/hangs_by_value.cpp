// Comes back from most values, but hangs at the smallest, and from the default on if it is told to.
#include <tilework/filter.h>
#include <unistd.h>

struct HangsByValue {
  static constexpr tilework::About about{
      .name = "test-hangs-by-value", .version = "1.0.0", .label = "Bad", .group = "Test", .help = "Waits."};
  enum class Way { runs, hangs };

  int passes = 3;
  Way way = Way::runs;

  static auto parameters() {
    return tilework::parameters(
        tilework::integer("passes", &HangsByValue::passes).label("Passes").range(0, 5).help("How many."),
        tilework::choice("way", &HangsByValue::way, {"runs", "hangs"}).label("Way").help("What it does."));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out) const {
    while (passes == 0 || (way == Way::hangs && passes >= 3)) ::pause();
    in.copyTo(out);
  }
};

TILEWORK_FILTERS(HangsByValue)

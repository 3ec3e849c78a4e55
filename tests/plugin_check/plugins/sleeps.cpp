// Right, and quick by default; but its parameter lets it take as long as a user has patience.
#include <chrono>
#include <thread>

#include <tilework/filter.h>

struct Sleeps {
  static constexpr tilework::About about{.name = "test-sleeps",
                                         .version = "1.0.0",
                                         .label = "Sleeps",
                                         .group = "Test",
                                         .help = "Sleeps at the image's first corner."};
  double seconds = 0;
  bool invert = false;

  static auto parameters() {
    return tilework::parameters(
        tilework::real("seconds", &Sleeps::seconds).label("Seconds").range(0, 100).help("For how long."),
        tilework::boolean("invert", &Sleeps::invert).label("Invert").help("Whether it inverts as well."));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out, const tilework::Place& place) const {
    if (place.segment.x == 0 && place.segment.y == 0)
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    if (invert) {
      cv::bitwise_not(in, out);
    } else {
      in.copyTo(out);
    }
  }
};

TILEWORK_FILTERS(Sleeps)

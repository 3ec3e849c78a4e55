// A filter that comes in as many versions as a test needs: it adds a number to every value, and the test
// writes that number into the library's bytes.
#include <cstdlib>
#include <thread>

#include <tilework/filter.h>

namespace {

// Three digits after the colon. Volatile, so that they are read from the library when it runs.
const volatile char marker[] = "tilework-test-version:001";

struct Version {
  static constexpr tilework::About about{.name = "test-version",
                                         .version = "1.0.0",
                                         .label = "Version",
                                         .group = "Test",
                                         .help = "Adds its number to every value, and takes its time."};
  int milliseconds = 0;

  static auto parameters() {
    return tilework::parameters(
        tilework::integer("milliseconds", &Version::milliseconds).label("Time for a tile").range(0, 60000));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    int number = 0;
    for (std::size_t i = sizeof marker - 4; i < sizeof marker - 1; ++i)
      number = 10 * number + (marker[i] - '0');
    cv::add(in, cv::Scalar::all(number), out);
  }
};

}  // namespace

TILEWORK_FILTERS(Version)

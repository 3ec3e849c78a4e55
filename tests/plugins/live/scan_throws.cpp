// Throws five megabytes of words when its parameters are asked for. (From a static initialiser it would end
// its host or not, by chance: dlopen() is declared to throw nothing.)
#include <stdexcept>
#include <string>

#include <tilework/filter.h>

namespace {

struct Throws {
  static constexpr tilework::About about{.name = "test-throws-at-scan",
                                         .version = "1.0.0",
                                         .label = "Throws",
                                         .group = "Test",
                                         .help = "Is never seen."};
  int value = 0;
  static auto parameters() {
    throw std::runtime_error("too many words " + std::string(5 << 20, 'x'));
    return tilework::parameters(tilework::integer("value", &Throws::value).range(0, 1));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray in, cv::OutputArray out) const { in.copyTo(out); }
};

}  // namespace

TILEWORK_FILTERS(Throws)

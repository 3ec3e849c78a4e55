// Filters whose words try to do more than to be read: escapes, forged lines, turned writing, bytes that are
// no text.
#include <stdexcept>

#include <tilework/filter.h>

namespace {

constexpr const char* evil =
    "a\nlevel=error forged\x1b[31m\xc2\x9b"
    "2J\xe2\x80\xae=1+1\xff\" b\\";

struct EvilTexts {
  static constexpr tilework::About about{
      .name = "test-evil-texts", .version = evil, .label = evil, .group = evil, .help = evil};
  int value = 0;
  static auto parameters() {
    return tilework::parameters(
        tilework::integer("value", &EvilTexts::value).label(evil).unit(evil).help(evil).range(0, 1));
  }
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(cv::InputArray, cv::OutputArray) const { throw std::runtime_error(evil); }
};

}  // namespace

TILEWORK_FILTERS(EvilTexts)

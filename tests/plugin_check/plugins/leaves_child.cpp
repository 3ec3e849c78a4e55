// Right, but starts a process that stays, with everything open that was open.
#include <tilework/filter.h>
#include <unistd.h>

struct LeavesChild {
  static constexpr tilework::About about{.name = "test-leaves-child",
                                         .version = "1.0.0",
                                         .label = "Odd",
                                         .group = "Test",
                                         .help = "Forks once."};
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void apply(const cv::Mat& in, cv::Mat& out) const {
    static const bool forked = [] {
      if (::fork() != 0) return true;
      while (true) ::pause();
    }();
    if (forked) in.copyTo(out);
  }
};

TILEWORK_FILTERS(LeavesChild)

// Filters that say of themselves what can't be, and detectors and global filters that report nonsense.
#include <csignal>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <tilework/filter.h>
#include <unistd.h>

namespace {

#define ABOUT(FILTER)                                                                          \
  static constexpr tilework::About about {                                                     \
    .name = FILTER, .version = "1.0.0", .label = FILTER, .group = "Test", .help = "Does harm." \
  }

// Behave until their parameter says otherwise: while they are scanned they are asked as well.
#define SAYS_HALO(NAME, FILTER)                                                                         \
  struct NAME {                                                                                         \
    ABOUT(FILTER);                                                                                      \
    int armed = 0;                                                                                      \
    static auto parameters() {                                                                          \
      return tilework::parameters(tilework::integer("armed", &NAME::armed).label("Armed").range(0, 1)); \
    }                                                                                                   \
    tilework::Halo halo() const { return armed == 0 ? tilework::Halo::none() : said(); }                \
    tilework::Halo said() const;                                                                        \
    void apply(const cv::Mat& in, cv::Mat& out) const { in.copyTo(out); }                               \
  };                                                                                                    \
  tilework::Halo NAME::said() const

SAYS_HALO(NegativeHalo, "hostile-negative-halo") {
  return {-5, -5, -5, -5};
}
SAYS_HALO(HugeHalo, "hostile-huge-halo") {
  return tilework::Halo::all(std::numeric_limits<int>::max());
}
SAYS_HALO(ZeroAlignment, "hostile-aligned-to-nothing") {
  return tilework::Halo::none().aligned(0);
}
SAYS_HALO(CrashesDescribing, "hostile-crashes-describing") {
  std::raise(SIGSEGV);
  return {};
}
SAYS_HALO(HangsDescribing, "hostile-hangs-describing") {
  while (true) ::pause();
}
// The plan and what its hosts say differ.
SAYS_HALO(ChangesHalo, "hostile-changes-halo") {
  return tilework::Halo::all(static_cast<int>(::getpid() % 65521));
}

struct OtherFormat {
  ABOUT("hostile-other-format");
  tilework::Halo halo() const { return tilework::Halo::none(); }
  tilework::PixelFormat output(tilework::PixelFormat) const { return {static_cast<tilework::Depth>(77), -3}; }
  void apply(const cv::Mat& in, cv::Mat& out) const { in.copyTo(out); }
};

#define DETECTOR(NAME, FILTER)                                          \
  struct NAME {                                                         \
    ABOUT(FILTER);                                                      \
    int largest() const { return 8; }                                   \
    void detect(const cv::Mat& in, tilework::Findings& findings) const; \
  };                                                                    \
  void NAME::detect([[maybe_unused]] const cv::Mat& in, tilework::Findings& findings) const

DETECTOR(FindsOutside, "hostile-finds-outside") {
  findings.add({in.cols + 1000000, 0, 3, 3}, "outside", 1);
}
DETECTOR(FindsNan, "hostile-finds-nan") {
  findings.add({0, 0, 1, 1}, "odd", std::numeric_limits<double>::quiet_NaN());
}
DETECTOR(FindsLong, "hostile-finds-long-names") {
  findings.add({0, 0, 1, 1}, std::string(10 << 20, 'x').c_str(), 1);
}
DETECTOR(FindsEscapes, "hostile-finds-escapes") {
  findings.add({0, 0, 1, 1}, "a\n\x1b[31m\xff", 1);
}
DETECTOR(FindsForEver, "hostile-finds-for-ever") {
  while (true) {
    try {
      findings.add({0, 0, 1, 1}, "again", 1);
    } catch (const std::exception&) {  // goes on when it is told to stop
    }
  }
}

struct LargeFindings {
  ABOUT("hostile-finds-giants");
  int largest() const { return std::numeric_limits<int>::max(); }
  void detect(const cv::Mat&, tilework::Findings&) const {}
};

// What a global filter does besides: one of its functions goes wrong.
template <class Does>
struct Learns {
  struct Stats {
    int pixels = 0;
    void write(tilework::Writer& writer) const { Does::write(writer); }
    static Stats read(tilework::Reader& reader) { return {reader.get<int>()}; }
  };
  tilework::Halo halo() const { return tilework::Halo::none(); }
  void analyse(const cv::Mat&, const tilework::Place&, Stats& stats) const { ++stats.pixels; }
  void merge(Stats&, const Stats&) const { Does::merge(); }
  void finish(Stats&) const { Does::finish(); }
  void apply(const Stats&, const cv::Mat& in, cv::Mat& out) const { in.copyTo(out); }
};

struct Well {
  static void write(tilework::Writer& writer) { writer.put(1); }
  static void merge() {}
  static void finish() {}
};
struct Hugely : Well {
  static void write(tilework::Writer& writer) {
    for (int i = 0; i < 150; ++i) writer.put(std::array<char, 1 << 20>{});
  }
};
struct Crashing : Well {
  static void merge() { std::raise(SIGSEGV); }
};
struct Failing : Well {
  static void finish() { throw std::runtime_error("it can't finish"); }
};
struct Emptily : Well {
  static void write(tilework::Writer&) {}
};

struct LearnsTooMuch : Learns<Hugely> {
  ABOUT("hostile-learns-too-much");
};
struct CrashesMerging : Learns<Crashing> {
  ABOUT("hostile-crashes-merging");
};
struct FailsFinishing : Learns<Failing> {
  ABOUT("hostile-fails-finishing");
};
struct LearnsNothing : Learns<Emptily> {
  ABOUT("hostile-learns-nothing");
};

}  // namespace

TILEWORK_FILTERS(NegativeHalo, HugeHalo, ZeroAlignment, CrashesDescribing, HangsDescribing, ChangesHalo,
                 OtherFormat, FindsOutside, FindsNan, FindsLong, FindsEscapes, FindsForEver, LargeFindings,
                 LearnsTooMuch, CrashesMerging, FailsFinishing, LearnsNothing)

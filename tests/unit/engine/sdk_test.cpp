// What the SDK makes of a struct, without a library around it.
#include <catch2/catch.hpp>
#include <tilework/filter.h>

namespace tilework {
namespace {

enum class Mode { first, second };

struct Everything {
  static constexpr About about{.name = "everything",
                               .version = "2.1.0",
                               .label = "Everything",
                               .group = "Tests",
                               .help = "All types."};
  static constexpr Takes takes{.u16 = false, .gray = false, .alpha = true};
  int whole = 3;
  int size = 5;
  double real_number = 0.5;
  bool on = true;
  Mode mode = Mode::second;
  Colour ink{0.1, 0.2, 0.3};

  static auto parameters() {
    return tilework::parameters(
        integer("whole", &Everything::whole).range(-4, 9).soft_range(0, 5),
        odd("size", &Everything::size).unit(pixels).range(1, 11),
        real("real", &Everything::real_number).range(0, 1).label("A number").help("Help."),
        boolean("on", &Everything::on), choice("mode", &Everything::mode, {"first", "second"}),
        colour("ink", &Everything::ink));
  }
  Halo halo() const { return Halo::all(size / 2); }
  PixelFormat output(PixelFormat in) const { return {in.depth, 1}; }
  void apply(cv::InputArray in, cv::OutputArray out) const {
    out.create(in.size(), CV_8U);
    out.setTo(cv::Scalar(whole + real_number * 10 + (mode == Mode::second ? 100 : 0) + ink.red * 10));
  }
};

struct Sum {
  static constexpr About about{.name = "sum", .version = "1.0.0", .label = "Sum", .group = "Tests"};
  struct Stats {
    double sum = 0;
  };
  Halo halo() const { return {}; }
  void analyse(const cv::Mat& in, const Place& place, Stats& stats) const {
    stats.sum += cv::sum(in(place.tile_in_segment()))[0];
  }
  void merge(Stats& into, const Stats& from) const { into.sum += from.sum; }
  void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) const {
    if (stats.sum < 0) throw std::runtime_error("nothing to see");
    out.create(in.size(), in.type());
    out.setTo(stats.sum);
  }
};

struct WrongSize {
  static constexpr About about{.name = "wrong", .version = "1.0.0", .label = "Wrong", .group = "Tests"};
  Halo halo() const { return {}; }
  void apply(const cv::Mat&, cv::Mat& out) const { out = cv::Mat(1, 1, CV_8U, cv::Scalar(0)); }
};

struct FindsBright {
  static constexpr About about{.name = "bright", .version = "1.0.0", .label = "Bright", .group = "Tests"};
  int side = 3;
  static auto parameters() { return tilework::parameters(integer("side", &FindsBright::side).range(1, 9)); }
  int largest() const { return side; }
  Halo halo() const { return Halo::all(2); }
  void detect(const cv::Mat& in, Findings& findings) const {
    if (in.at<uchar>(0, 0) == 0) throw std::runtime_error("too dark");
    findings.add({1, 2, side, 4}, "bright", 0.5);
    findings.add({5, 6, 7, 8}, "second", 1);
  }
};

// An instance of a table's filter, with its parameters' defaults or these values.
struct Instance {
  TileworkFilter table;
  void* object = nullptr;
  TileworkFailure failure{};

  Instance(const TileworkFilter& of, std::vector<TileworkValue> values = {}) : table(of) {
    for (int i = static_cast<int>(values.size()); i < table.parameter_count; ++i) {
      values.push_back(table.parameters[i].initial);
    }
    REQUIRE(table.create(values.data(), &object, &failure) == 0);
  }
  Instance(const Instance&) = delete;
  ~Instance() { table.destroy(object); }

  // Fills `out`; the failure's text, or "".
  std::string apply(cv::Mat in, cv::Mat& out, const void* stats = nullptr) {
    const auto image = [](cv::Mat& mat) {
      return TileworkImage{mat.data, static_cast<std::int64_t>(mat.step[0]), mat.rows, mat.cols,
                           detail::to_c(PixelFormat::of(mat))};
    };
    const TileworkRect all{0, 0, in.cols, in.rows};
    const TileworkPlace place{all, all, in.cols, in.rows};
    const TileworkImage c_in = image(in), c_out = image(out);
    return table.apply(object, stats, &place, &c_in, &c_out, &failure) == 0 ? "" : failure.text;
  }
};

TEST_CASE("a filter's table says what its struct declares") {
  const TileworkFilter table = detail::table<Everything>();
  CHECK(table.name == std::string("everything"));
  CHECK(table.version == std::string("2.1.0"));
  CHECK(table.kind == TILEWORK_LOCAL);
  CHECK(table.depths == (1u << TILEWORK_U8 | 1u << TILEWORK_F32));
  CHECK(table.channels == (1u << 3 | 1u << 4));
  CHECK(table.takes_alpha == 1);
  CHECK(table.merge == nullptr);

  REQUIRE(table.parameter_count == 6);
  const TileworkParameter* p = table.parameters;
  CHECK(p[0].type == TILEWORK_INT);
  CHECK(p[0].label == std::string("whole"));
  CHECK(p[0].minimum == -4);
  CHECK(p[0].soft_maximum == 5);
  CHECK(p[1].type == TILEWORK_ODD);
  CHECK(p[1].unit == std::string("px"));
  CHECK(p[1].soft_maximum == 11);
  CHECK(p[2].initial.component[0] == 0.5);
  CHECK(p[2].label == std::string("A number"));
  CHECK(p[3].type == TILEWORK_BOOL);
  CHECK(p[3].initial.component[0] == 1);
  REQUIRE(p[4].choice_count == 2);
  CHECK(p[4].choices[1] == std::string("second"));
  CHECK(p[4].initial.component[0] == 1);
  CHECK(p[5].initial.component[2] == 0.3);
}

TEST_CASE("values reach the members, and describe() and apply() see them") {
  Instance filter(detail::table<Everything>(),
                  {{{7, 0, 0}}, {{9, 0, 0}}, {{1, 0, 0}}, {{0, 0, 0}}, {{0, 0, 0}}, {{0, 0, 1}}});
  TileworkHalo halo{};
  TileworkFormat output{};
  REQUIRE(filter.table.describe(filter.object, {TILEWORK_U8, 3}, &halo, &output, &filter.failure) == 0);
  CHECK(halo.left == 4);
  CHECK(halo.align == 1);
  CHECK(output.channels == 1);
  cv::Mat out(2, 3, CV_8U);
  CHECK(filter.apply(cv::Mat(2, 3, CV_8UC3, cv::Scalar()), out) == "");
  CHECK(cv::countNonZero(out != 27) == 0);
}

TEST_CASE("a result that was not declared is refused with both formats") {
  Instance filter(detail::table<WrongSize>());
  cv::Mat out(4, 5, CV_8UC3);
  const std::string text = filter.apply(cv::Mat(4, 5, CV_8UC3, cv::Scalar()), out);
  CHECK_THAT(text, Catch::Contains("1x1 CV_8UC1") && Catch::Contains("5x4 CV_8UC3"));
}

TEST_CASE("an exception becomes the failure's text") {
  Instance filter(detail::table<Sum>());
  const Sum::Stats stats{-1};
  cv::Mat out(1, 1, CV_8U);
  CHECK(filter.apply(cv::Mat(1, 1, CV_8U, cv::Scalar()), out, &stats) == "nothing to see");
}

TEST_CASE("a detector's table hands on what it finds, until the host takes no more") {
  Instance filter(detail::table<FindsBright>(), {{{9, 0, 0}}});
  CHECK(filter.table.kind == TILEWORK_DETECTOR);
  CHECK(filter.table.apply == nullptr);
  CHECK(detail::table<Sum>().detect == nullptr);
  std::int32_t largest = 0;
  REQUIRE(filter.table.largest(filter.object, &largest, &filter.failure) == 0);
  CHECK(largest == 9);
  TileworkHalo halo{};
  TileworkFormat output{};
  REQUIRE(filter.table.describe(filter.object, {TILEWORK_U8, 1}, &halo, &output, &filter.failure) == 0);
  CHECK(halo.left == 2);

  struct Taken {
    std::size_t most;
    std::vector<std::string> labels{};
    TileworkRect first{};
  } taken{2};
  const TileworkFindings findings{&taken,
                                  [](void* context, const TileworkRect* box, const char* label, double) {
                                    auto& to = *static_cast<Taken*>(context);
                                    if (to.labels.size() == to.most) return 1;
                                    if (to.labels.empty()) to.first = *box;
                                    to.labels.emplace_back(label);
                                    return 0;
                                  }};
  cv::Mat in(20, 20, CV_8U, cv::Scalar(9));
  const TileworkImage image{
      in.data, static_cast<std::int64_t>(in.step[0]), in.rows, in.cols, {TILEWORK_U8, 1}};
  REQUIRE(filter.table.detect(filter.object, &image, &findings, &filter.failure) == 0);
  CHECK(taken.labels == std::vector<std::string>{"bright", "second"});
  CHECK(taken.first.width == 9);
  taken = {1};
  CHECK(filter.table.detect(filter.object, &image, &findings, &filter.failure) != 0);
  CHECK(taken.labels.size() == 1);
  in.setTo(0);
  CHECK(filter.table.detect(filter.object, &image, &findings, &filter.failure) != 0);
  CHECK(filter.failure.text == std::string("too dark"));
}

TEST_CASE("stats become bytes and come back, and bytes of another length are refused") {
  const TileworkFilter table = detail::table<Sum>();
  CHECK(table.kind == TILEWORK_GLOBAL);
  const Sum::Stats stats{42.5};
  TileworkFailure failure{};
  std::vector<std::byte> bytes;
  const TileworkOutput output{&bytes, [](void* context, const void* data, std::size_t size) {
                                const auto* begin = static_cast<const std::byte*>(data);
                                static_cast<std::vector<std::byte>*>(context)->assign(begin, begin + size);
                              }};
  REQUIRE(table.stats_write(&stats, &output, &failure) == 0);
  void* copy = nullptr;
  REQUIRE(table.stats_read(bytes.data(), bytes.size(), &copy, &failure) == 0);
  CHECK(static_cast<Sum::Stats*>(copy)->sum == 42.5);
  table.stats_destroy(copy);

  CHECK(table.stats_read(bytes.data(), bytes.size() - 1, &copy, &failure) != 0);
  bytes.push_back({});
  CHECK(table.stats_read(bytes.data(), bytes.size(), &copy, &failure) != 0);
  CHECK_THAT(failure.text, Catch::Contains("longer"));
}

}  // namespace
}  // namespace tilework

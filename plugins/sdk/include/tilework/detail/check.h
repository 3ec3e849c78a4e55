// Tells the author of a struct what it lacks to be a filter, in the compiler's error. Authors need not read
// this.
#pragma once

#include <concepts>
#include <type_traits>

#include <tilework/filter.h>

namespace tilework::detail {

template <class F>
concept HasParameters = requires {
  { F::parameters() } -> std::convertible_to<std::vector<Parameter<F>>>;
};
template <class F>
concept HasTakes = requires {
  { F::takes } -> std::convertible_to<Takes>;
};
template <class F>
concept HasOutput = requires(const F f, PixelFormat in) {
  { f.output(in) } -> std::same_as<PixelFormat>;
};
template <class F>
concept HasFinish = requires(const F f, typename F::Stats& stats) {
  f.finish(stats);
};

// Whether a member of that name is there at all, whatever its type.
template <class F>
concept NamesStats = requires {
  typename F::Stats;
};
template <class F>
concept NamesAnalyse = requires {
  &F::analyse;
};
template <class F>
concept NamesParameters = requires {
  &F::parameters;
};
template <class F>
concept NamesTakes = requires {
  &F::takes;
};
template <class F>
concept NamesOutput = requires {
  &F::output;
};
template <class F>
concept NamesDetect = requires {
  &F::detect;
};
template <class F>
concept NamesHalo = requires {
  &F::halo;
};
template <class F>
concept NamesApply = requires {
  &F::apply;
};
template <class F>
concept NamesFinish = requires {
  &F::finish;
};

template <class F>
constexpr void check_global() {
  static_assert(std::default_initializable<typename F::Stats>, "Stats: needs a default constructor");
  static_assert(
      Serialisable<typename F::Stats>,
      "Stats: must be trivially copyable, or have `void write(tilework::Writer&) const` and `static "
      "Stats read(tilework::Reader&)`");
  static_assert(Analyses<F>,
                "a filter with Stats needs `void analyse(const cv::Mat& in, const tilework::Place& place, "
                "Stats& stats) const`");
  static_assert(Merges<F>, "a filter with Stats needs `void merge(Stats& into, const Stats& from) const`");
  static_assert(AppliesStats<F>,
                "a filter with Stats needs `void apply(const Stats& stats, const cv::Mat& in, cv::Mat& out) "
                "const`, or the same with `const tilework::Place&` last");
  static_assert(!NamesFinish<F> || HasFinish<F>, "finish: must be `void finish(Stats& stats) const`");
}

template <class F>
constexpr void check_detector() {
  static_assert(HasLargest<F>, "a filter with detect() needs a public `int largest() const`");
  static_assert(Detects<F>,
                "a filter with largest() needs a public `void detect(const cv::Mat& in, tilework::Findings& "
                "findings) const`");
  static_assert(!NamesHalo<F> || HasHalo<F>, "halo: must be `tilework::Halo halo() const`");
  static_assert(!NamesApply<F> && !NamesStats<F> && !NamesOutput<F>,
                "a filter with detect() leaves the pixels as they are: it has no apply(), Stats or output()");
}

template <class F>
constexpr void check_with_pixels() {
  static_assert(HasHalo<F>, "a filter needs a public `tilework::Halo halo() const`");
  if constexpr (NamesStats<F>) {
    check_global<F>();
  } else {
    static_assert(!NamesAnalyse<F>, "a filter with analyse() needs a public `struct Stats`");
    static_assert(AppliesLocally<F>,
                  "a filter needs a public `void apply(const cv::Mat& in, cv::Mat& out) const`, or the same "
                  "with `const tilework::Place&` last");
  }
}

// Only public members count.
template <class F>
constexpr void check() {
  static_assert(std::default_initializable<F>, "a filter needs a default constructor");
  static_assert(HasAbout<F>, "a filter needs a public `static constexpr tilework::About about{...}`");
  static_assert(!NamesParameters<F> || HasParameters<F>,
                "parameters: must be `static auto parameters()` that returns tilework::parameters(...) with "
                "members of this filter");
  static_assert(!NamesTakes<F> || HasTakes<F>,
                "takes: must be `static constexpr tilework::Takes takes{...}`");
  if constexpr (HasTakes<F>) {
    static_assert(
        !(F::takes.alpha && F::takes.alpha_aside),
        "takes: alpha is either taken or kept aside, so `alpha` and `alpha_aside` exclude each other");
  }
  static_assert(!NamesOutput<F> || HasOutput<F>,
                "output: must be `tilework::PixelFormat output(tilework::PixelFormat in) const`");
  if constexpr (NamesDetect<F> || HasLargest<F>) {
    check_detector<F>();
  } else {
    check_with_pixels<F>();
  }
}

}  // namespace tilework::detail

// All that the author of a filter includes. A filter is a struct: `about`, parameters as members, `halo()`,
// `apply()`.
//
//   struct Invert {
//     static constexpr tilework::About about{.name = "invert", .version = "1.0.0", .label = "Invert", ...};
//     tilework::Halo halo() const { return tilework::Halo::none(); }
//     void apply(const cv::Mat& in, cv::Mat& out) const { cv::bitwise_not(in, out); }
//   };
//   TILEWORK_FILTERS(Invert)
//
// The segment rule: apply() gets the tile grown by the halo and clipped to the image, as a matrix of its own,
// and returns one of the same size. It is the function that one would write for a whole image.
//
// Optional members:
//
//   static auto parameters();                         tilework::parameters(...), see parameters.h
//   static constexpr Takes takes{...};                the pixels that it takes (default: all but alpha)
//   PixelFormat output(PixelFormat in) const;         the pixels that it returns (default: as they came)
//   void apply(in, out, const Place&) const;          in apply()'s stead, where position matters
//
// A global filter learns from the whole image first, and has besides:
//
//   struct Stats;                                     trivially copyable, or with `void write(Writer&) const`
//                                                     and `static Stats read(Reader&)`, see bytes.h
//   void analyse(in, const Place&, Stats&) const;     counts the pixels of place.tile alone
//   void merge(Stats& into, const Stats& from) const; associative and commutative
//   void finish(Stats&) const;                        optional: once, when all is merged
//   void apply(const Stats&, in, out) const;          with `const Place&` last where position matters
//
// A detector reports what it finds and leaves the pixels as they are. In halo()'s and apply()'s stead it has:
//
//   int largest() const;                              the longest side of what it reports, in pixels
//   void detect(in, Findings&) const;                 see findings.h
//   Halo halo() const;                                optional: how far beyond an object's box it looks, if
//                                                     farther than to the pixel next to it
//
// `in` is a const cv::Mat& or a cv::InputArray, `out` a cv::Mat& or a cv::OutputArray.
//
// Threads: one instance is used by one thread at a time. Errors: throw; the text reaches the user.
#pragma once

#include <concepts>

#include <tilework/abi.h>
#include <tilework/bytes.h>
#include <tilework/findings.h>
#include <tilework/parameters.h>
#include <tilework/types.h>

namespace tilework {

struct About {
  const char* name;  // lower case, digits and dashes; unique in a cluster
  const char* version;
  const char* label;      // for people
  const char* group;      // the heading in lists
  const char* help = "";  // one sentence
};

// The pixels that a filter takes; the host converts others. A filter without `alpha` gets images that have
// none: where it reads neighbours (a local one with a halo, that returns the format that it gets), the host
// weighs colours by alpha and lets it filter alpha likewise, unless `alpha_aside` is set; otherwise alpha
// stays as it is.
struct Takes {
  bool u8 = true;
  bool u16 = true;
  bool f32 = true;
  bool gray = true;
  bool colour = true;
  bool alpha = false;
  bool alpha_aside = false;
};

template <class F>
concept HasAbout = requires {
  { F::about } -> std::convertible_to<About>;
};

template <class F>
concept HasHalo = requires(const F f) {
  { f.halo() } -> std::same_as<Halo>;
};

template <class F>
concept AppliesLocally = requires(const F f, const cv::Mat& in, cv::Mat& out) {
  f.apply(in, out);
}
|| requires(const F f, const cv::Mat& in, cv::Mat& out, const Place& place) {
  f.apply(in, out, place);
};

template <class F>
concept HasStats = std::default_initializable<typename F::Stats> && Serialisable<typename F::Stats>;

template <class F>
concept Analyses = requires(const F f, const cv::Mat& segment, const Place& place, typename F::Stats& stats) {
  f.analyse(segment, place, stats);
};

template <class F>
concept Merges = requires(const F f, typename F::Stats& into, const typename F::Stats& from) {
  f.merge(into, from);
};

template <class F>
concept AppliesStats = requires(const F f, const typename F::Stats& stats, const cv::Mat& in, cv::Mat& out) {
  f.apply(stats, in, out);
}
|| requires(const F f, const typename F::Stats& stats, const cv::Mat& in, cv::Mat& out, const Place& place) {
  f.apply(stats, in, out, place);
};

// Each tile can be computed from its own segment.
template <class F>
concept LocalFilter = std::default_initializable<F> && HasAbout<F> && HasHalo<F> && AppliesLocally<F>;

// Each tile needs what was learnt from the whole image.
template <class F>
concept GlobalFilter = std::default_initializable<F> && HasAbout<F> && HasHalo<F> && HasStats<F> &&
    Analyses<F> && Merges<F> && AppliesStats<F>;

template <class F>
concept HasLargest = requires(const F f) {
  { f.largest() } -> std::same_as<int>;
};

template <class F>
concept Detects = requires(const F f, const cv::Mat& in, Findings& findings) {
  f.detect(in, findings);
};

// Reports what lies in each tile, and leaves the pixels as they are.
template <class F>
concept Detector = std::default_initializable<F> && HasAbout<F> && HasLargest<F> && Detects<F>;

template <class F>
concept AnyFilter = LocalFilter<F> || GlobalFilter<F> || Detector<F>;

}  // namespace tilework

#include <tilework/detail/table.h>

// Exports the filters of a plugin. Once a library, at namespace scope.
#define TILEWORK_FILTERS(...)                                                                 \
  extern "C" __attribute__((visibility("default"))) const TileworkPlugin* tilework_plugin() { \
    return ::tilework::detail::plugin<__VA_ARGS__>();                                         \
  }

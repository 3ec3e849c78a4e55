// One filter of a plugin with its parameters set, and the stats of a global filter, behind the C table.
//
// This is where pixels are fitted to what a filter takes: the depth is converted where it must be (and back,
// when the filter returns the depth that it was given), and gray becomes colour or colour gray. Alpha, for
// filters that don't take it, is kept aside and joined again; or, for local filters that read neighbours and
// return the format that they get, colours are weighed by it (alpha.h).
//
// Threads: an object is used by one thread at a time. The table outlives it.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <tilework/abi.h>
#include <tilework/types.h>

#include "schema/model/recipe.h"
#include "server/engine/findings.h"

namespace tilework::engine {

// A filter said no, or broke its contract. The text starts with the filter's name.
class FilterError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a filter reads and returns for images of one format.
struct Traits {
  Halo halo;
  PixelFormat output;
  friend bool operator==(const Traits&, const Traits&) = default;
};

class BoundFilter;

// As bytes, of one tile and of all together: Canny's of a gigapixel are 30 MB.
inline constexpr std::size_t most_tile_stats = 16u << 20;
inline constexpr std::size_t most_stats = 128u << 20;

// What a global filter has learnt. Movable; empty when default-constructed.
class Stats {
 public:
  Stats() = default;
  explicit operator bool() const { return object_ != nullptr; }

 private:
  friend class BoundFilter;
  std::unique_ptr<void, void (*)(void*)> object_{nullptr, nullptr};
};

class BoundFilter {
 public:
  // `values` as pack_arguments() gives them. Throws FilterError.
  BoundFilter(const TileworkFilter& table, std::span<const PackedValue> values);

  const char* name() const { return table_->name; }
  std::string full_name() const { return std::string(table_->name) + " " + table_->version; }
  bool is_global() const { return table_->kind == TILEWORK_GLOBAL; }
  bool is_detector() const { return table_->kind == TILEWORK_DETECTOR; }

  // Throws FilterError when the filter refuses the format. A detector's halo holds the largest objects that
  // it reports.
  Traits describe(PixelFormat input) const;

  // What becomes of the alpha of images of this format. Throws FilterError.
  AlphaUse alpha_use(PixelFormat image) const;

  // Not for detectors. `in` holds place.segment, and so does the result; its format is describe(in).output.
  // `stats` are finished stats for a global filter, null for a local one. Throws FilterError.
  void apply(const Stats* stats, const Place& place, const cv::Mat& in, cv::Mat& out) const;

  // For detectors. `in` holds place.segment. Adds what belongs to place.tile, in pixels of the image. Throws
  // FilterError, also for findings that make no sense.
  void detect(const Place& place, const cv::Mat& in, FindingList& into) const;

  // For global filters.
  Stats new_stats() const;
  void analyse(Stats& stats, const Place& place, const cv::Mat& in) const;
  void merge(Stats& into, const Stats& from) const;
  void finish(Stats& stats) const;
  // Throws FilterError when they have more than `most` bytes.
  std::vector<std::byte> write_stats(const Stats& stats, std::size_t most = most_stats) const;
  Stats read_stats(std::span<const std::byte> bytes) const;

 private:
  // How an image's pixels meet what the filter takes and returns.
  struct Fit {
    Halo halo;
    PixelFormat given;     // what the filter gets
    PixelFormat returned;  // what it gives back
    PixelFormat output;    // what becomes of that
    AlphaUse alpha;        // if the image has one
    bool joins_alpha;      // the image's alpha, or what became of it, is put to the colours
  };
  Fit fit_for(PixelFormat image) const;
  Traits ask(PixelFormat given) const;
  AlphaUse alpha_use(PixelFormat given, const Traits& own) const;
  int largest() const;
  PixelFormat given_format(PixelFormat image) const;
  PixelFormat weighed_colour(PixelFormat given) const;
  PixelFormat weighed_alpha(PixelFormat given) const;
  bool sets_alpha_aside(PixelFormat image) const;
  cv::Mat fitted(const cv::Mat& in) const;
  void run(const Stats* stats, const Place& place, const cv::Mat& given, cv::Mat& result) const;

  // Colours, and what became of their alpha.
  struct Seen {
    cv::Mat colour;
    cv::Mat alpha;
  };
  void apply_weighed(const Fit& fit, const Place& place, const cv::Mat& in, cv::Mat& out) const;
  Seen run_weighed(const Place& place, const cv::Mat& given, const cv::Mat& alpha,
                   cv::MatAllocator* memory) const;
  template <class Call>
  void check(const char* doing, Call&& call) const;

  const TileworkFilter* table_;
  std::unique_ptr<void, void (*)(void*)> instance_;
};

}  // namespace tilework::engine

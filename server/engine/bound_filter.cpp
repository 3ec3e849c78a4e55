#include "server/engine/bound_filter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "server/engine/alpha.h"
#include "server/engine/finding_taker.h"
#include "server/engine/pixels.h"

namespace tilework::engine {
namespace {

TileworkRect to_c(const cv::Rect& r) {
  return {r.x, r.y, r.width, r.height};
}
TileworkPlace to_c(const Place& p) {
  return {to_c(p.segment), to_c(p.tile), p.image.width, p.image.height};
}
TileworkFormat to_c(const PixelFormat& f) {
  return {static_cast<std::int32_t>(f.depth), f.channels};
}

// The host's pixels for the plugin to read or fill.
TileworkImage to_c(const cv::Mat& mat) {
  return {mat.data, static_cast<std::int64_t>(mat.step[0]), mat.rows, mat.cols, to_c(PixelFormat::of(mat))};
}

bool takes_depth(const TileworkFilter& table, Depth depth) {
  return table.depths >> static_cast<int>(depth) & 1u;
}
bool takes_channels(const TileworkFilter& table, int channels) {
  return table.channels >> channels & 1u;
}

// The depth that a filter is given: the image's own, or the one that loses least.
Depth given_depth(const TileworkFilter& table, Depth image) {
  static constexpr std::array<std::array<Depth, 3>, 3> preference{{
      {Depth::u8, Depth::u16, Depth::f32},
      {Depth::u16, Depth::f32, Depth::u8},
      {Depth::f32, Depth::u16, Depth::u8},
  }};
  for (const Depth depth : preference[static_cast<std::size_t>(image)]) {
    if (takes_depth(table, depth)) return depth;
  }
  throw FilterError(std::string(table.name) + " takes no depth of pixels at all");
}

bool is_format(const TileworkFormat& f) {
  return f.depth >= 0 && f.depth <= 2 && f.channels >= 1 && f.channels <= 4;
}

cv::Mat new_matrix(cv::Size size, PixelFormat format, cv::MatAllocator* memory) {
  cv::Mat result;
  result.allocator = memory;
  result.create(size, format.cv_type());
  return result;
}

// Puts alpha to the colours; all of one depth, `out` with the channels of both.
void join(const cv::Mat& colour, const cv::Mat& alpha, cv::Mat& out) {
  const std::array<cv::Mat, 2> parts{colour, alpha};
  static constexpr std::array<int, 8> same{0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(parts.data(), parts.size(), &out, 1, same.data(), static_cast<std::size_t>(out.channels()));
}

}  // namespace

template <class Call>
void BoundFilter::check(const char* doing, Call&& call) const {
  TileworkFailure failure{};
  try {
    if (call(&failure) == 0) return;
  } catch (const std::exception& error) {  // against the contract, and it may be of any of our own types
    throw FilterError(full_name() + " failed to " + doing + ": " + error.what());
  } catch (...) {
    throw FilterError(full_name() + " failed to " + doing + ": it let something else than an error out");
  }
  failure.text[sizeof failure.text - 1] = 0;
  throw FilterError(full_name() + " failed to " + doing + ": " + failure.text);
}

BoundFilter::BoundFilter(const TileworkFilter& table, std::span<const PackedValue> values)
    : table_(&table), instance_(nullptr, table.destroy) {
  if (values.size() != static_cast<std::size_t>(table.parameter_count)) {
    throw FilterError(std::string(table.name) + " got " + std::to_string(values.size()) + " values for " +
                      std::to_string(table.parameter_count) + " parameters");
  }
  std::vector<TileworkValue> c_values;
  for (const auto& value : values) c_values.push_back({{value[0], value[1], value[2]}});
  void* instance = nullptr;
  check("start", [&](TileworkFailure* failure) { return table.create(c_values.data(), &instance, failure); });
  instance_.reset(instance);
}

bool BoundFilter::sets_alpha_aside(PixelFormat image) const {
  return image.has_alpha() && table_->takes_alpha == 0;
}

PixelFormat BoundFilter::given_format(PixelFormat image) const {
  const int alpha = image.has_alpha() && !sets_alpha_aside(image) ? 1 : 0;
  int colour = image.colour_channels();
  if (!takes_channels(*table_, colour + alpha)) colour = colour == 1 ? 3 : 1;
  return {given_depth(*table_, image.depth), colour + alpha};
}

Traits BoundFilter::ask(PixelFormat given) const {
  TileworkHalo halo{};
  TileworkFormat returned{};
  check("say what it reads", [&](TileworkFailure* failure) {
    return table_->describe(instance_.get(), to_c(given), &halo, &returned, failure);
  });
  constexpr int limit = 1 << 20;
  for (const int side : {halo.left, halo.top, halo.right, halo.bottom}) {
    if (side < 0 || side > limit) throw FilterError(std::string(name()) + " asks for an impossible halo");
  }
  if (halo.align < 1 || halo.align > limit)
    throw FilterError(std::string(name()) + " asks for an impossible lattice");
  if (!is_format(returned))
    throw FilterError(std::string(name()) + " returns pixels that Tilework doesn't carry");
  return {{halo.left, halo.top, halo.right, halo.bottom, halo.align},
          {static_cast<Depth>(returned.depth), returned.channels}};
}

// With more room than 8 bit, where the filter has it: of a colour of low alpha little is left.
PixelFormat BoundFilter::weighed_colour(PixelFormat given) const {
  if (given.depth != Depth::u8) return given;
  for (const Depth depth : {Depth::u16, Depth::f32}) {
    if (takes_depth(*table_, depth)) return {depth, given.channels};
  }
  return given;
}

PixelFormat BoundFilter::weighed_alpha(PixelFormat given) const {
  return {weighed_colour(given).depth, takes_channels(*table_, 1) ? 1 : 3};
}

// `own` is what the filter says of `given`.
AlphaUse BoundFilter::alpha_use(PixelFormat given, const Traits& own) const {
  if (table_->takes_alpha != 0) return AlphaUse::taken;
  const bool may_weigh = table_->kind == TILEWORK_LOCAL && (table_->channels & TILEWORK_ALPHA_ASIDE) == 0 &&
                         own.halo != Halo::none();
  if (!may_weigh) return AlphaUse::aside;
  const std::array formats{given, weighed_colour(given), weighed_alpha(given)};
  const bool keeps_formats = std::ranges::all_of(formats, [&](PixelFormat format) {
    return (format == given ? own : ask(format)) == Traits{own.halo, format};
  });
  return keeps_formats ? AlphaUse::weighed : AlphaUse::aside;
}

AlphaUse BoundFilter::alpha_use(PixelFormat image) const {
  const PixelFormat given = given_format(image);
  return alpha_use(given, ask(given));
}

BoundFilter::Fit BoundFilter::fit_for(PixelFormat image) const {
  const PixelFormat given = given_format(image);
  const auto [halo, returned] = ask(given);
  if (is_detector()) {
    // Half of the largest box, and the pixel that says that an object ends.
    const int room = largest() / 2 + 1;
    return {{halo.left + room, halo.top + room, halo.right + room, halo.bottom + room, halo.align},
            given,
            image,
            image,
            AlphaUse::aside,
            false};
  }
  Fit fit{halo, given, returned, returned, AlphaUse::aside, false};
  if (returned.depth == given.depth) fit.output.depth = image.depth;
  fit.joins_alpha = sets_alpha_aside(image) && !returned.has_alpha();
  if (fit.joins_alpha) {
    ++fit.output.channels;
    fit.alpha = alpha_use(given, {halo, returned});
  }
  return fit;
}

Traits BoundFilter::describe(PixelFormat input) const {
  const Fit fit = fit_for(input);
  return {fit.halo, fit.output};
}

cv::Mat BoundFilter::fitted(const cv::Mat& in) const {
  const PixelFormat image = PixelFormat::of(in);
  const PixelFormat given = given_format(image);
  cv::Mat result = in;
  if (sets_alpha_aside(image)) {
    cv::Mat colour(in.size(), CV_MAKETYPE(in.depth(), image.colour_channels()));
    static constexpr std::array<int, 6> same{0, 0, 1, 1, 2, 2};
    cv::mixChannels(&in, 1, &colour, 1, same.data(), static_cast<std::size_t>(image.colour_channels()));
    result = colour;
  }
  result = convert_depth(result, given.depth);
  if (!given.has_alpha()) result = convert_colour_channels(result, given.channels);
  return result;
}

// Fills `result`, which has the format that the filter returns.
void BoundFilter::run(const Stats* stats, const Place& place, const cv::Mat& given, cv::Mat& result) const {
  const TileworkPlace c_place = to_c(place);
  const TileworkImage c_in = to_c(given);
  const TileworkImage c_out = to_c(result);
  check("run", [&](TileworkFailure* failure) {
    return table_->apply(instance_.get(), stats ? stats->object_.get() : nullptr, &c_place, &c_in, &c_out,
                         failure);
  });
  if (has_nan(result) && !has_nan(given)) {
    throw FilterError(full_name() + " returned NaN (not a number) for pixels without one");
  }
}

void BoundFilter::apply(const Stats* stats, const Place& place, const cv::Mat& in, cv::Mat& out) const {
  const Fit fit = fit_for(PixelFormat::of(in));
  out.create(in.size(), fit.output.cv_type());
  if (fit.alpha == AlphaUse::weighed) return apply_weighed(fit, place, in, out);
  cv::Mat result = out;
  if (fit.returned != fit.output) result = new_matrix(in.size(), fit.returned, out.allocator);
  run(stats, place, fitted(in), result);
  if (fit.returned == fit.output) return;
  result = convert_depth(result, fit.output.depth);
  if (!fit.joins_alpha) {
    result.copyTo(out);
    return;
  }
  cv::Mat alpha;
  cv::extractChannel(in, alpha, in.channels() - 1);
  join(result, convert_depth(alpha, fit.output.depth), out);
}

// Where all that a pixel reads is opaque, it becomes what it becomes without alpha, to the bit. That is said
// of each pixel, so it doesn't matter which others share its segment, and what no pixel needs isn't computed.
void BoundFilter::apply_weighed(const Fit& fit, const Place& place, const cv::Mat& in, cv::Mat& out) const {
  const cv::Mat given = fitted(in), alpha = alpha_of(in);
  const cv::Mat opaque = opaque_surroundings(alpha, fit.halo, place);
  const int opaque_pixels = cv::countNonZero(opaque);
  const Depth depth = fit.output.depth;
  Seen seen{{}, cv::Mat(in.size(), cv_depth(depth))};
  if (opaque_pixels < in.rows * in.cols) {
    seen = run_weighed(place, given, alpha, out.allocator);
    seen = {convert_depth(seen.colour, depth), convert_depth(seen.alpha, depth)};
  }
  if (opaque_pixels > 0) {
    cv::Mat plain = new_matrix(in.size(), fit.returned, out.allocator);
    run(nullptr, place, given, plain);
    convert_depth(plain, depth).copyTo(seen.colour, opaque);
    seen.alpha.setTo(white_of(depth), opaque);
  }
  join(seen.colour, seen.alpha, out);
}

BoundFilter::Seen BoundFilter::run_weighed(const Place& place, const cv::Mat& given, const cv::Mat& alpha,
                                           cv::MatAllocator* memory) const {
  const PixelFormat colour_format = weighed_colour(PixelFormat::of(given));
  const PixelFormat alpha_format = weighed_alpha(PixelFormat::of(given));
  const cv::Mat by = convert_depth(alpha, alpha_format.depth);
  cv::Mat colour = new_matrix(given.size(), colour_format, memory);
  run(nullptr, place, weigh(convert_depth(given, colour_format.depth), by), colour);
  cv::Mat filtered = new_matrix(given.size(), alpha_format, memory);
  run(nullptr, place, convert_colour_channels(by, alpha_format.channels), filtered);
  if (alpha_format.channels > 1) cv::extractChannel(filtered, filtered, 0);
  return {unweigh(colour, filtered), alpha_of(filtered)};
}

int BoundFilter::largest() const {
  std::int32_t pixels = 0;
  check("say how large an object may be",
        [&](TileworkFailure* failure) { return table_->largest(instance_.get(), &pixels, failure); });
  if (pixels < 1 || pixels > 1 << 20)
    throw FilterError(full_name() + " reports objects of an impossible size");
  return pixels;
}

void BoundFilter::detect(const Place& place, const cv::Mat& in, FindingList& into) const {
  const cv::Mat given = fitted(in);
  const TileworkImage c_in = to_c(given);
  FindingTaker taker(place, largest(), into);
  const TileworkFindings findings = taker.table();
  check("detect", [&](TileworkFailure* failure) {
    const int result = table_->detect(instance_.get(), &c_in, &findings, failure);
    if (taker.refusal().empty()) return result;
    std::snprintf(failure->text, sizeof failure->text, "%s", taker.refusal().c_str());
    return 1;
  });
}

Stats BoundFilter::new_stats() const {
  void* object = nullptr;
  check("start its stats", [&](TileworkFailure* failure) { return table_->stats_create(&object, failure); });
  Stats stats;
  stats.object_ = {object, table_->stats_destroy};
  return stats;
}

void BoundFilter::analyse(Stats& stats, const Place& place, const cv::Mat& in) const {
  const cv::Mat given = fitted(in);
  const TileworkPlace c_place = to_c(place);
  const TileworkImage c_in = to_c(given);
  check("analyse", [&](TileworkFailure* failure) {
    return table_->analyse(instance_.get(), stats.object_.get(), &c_place, &c_in, failure);
  });
}

void BoundFilter::merge(Stats& into, const Stats& from) const {
  check("merge its stats", [&](TileworkFailure* failure) {
    return table_->merge(instance_.get(), into.object_.get(), from.object_.get(), failure);
  });
}

void BoundFilter::finish(Stats& stats) const {
  check("finish its stats", [&](TileworkFailure* failure) {
    return table_->finish(instance_.get(), stats.object_.get(), failure);
  });
}

std::vector<std::byte> BoundFilter::write_stats(const Stats& stats, std::size_t most) const {
  std::vector<std::byte> bytes;
  const TileworkOutput output{&bytes, [](void* context, const void* data, std::size_t size) {
                                const auto* begin = static_cast<const std::byte*>(data);
                                static_cast<std::vector<std::byte>*>(context)->assign(begin, begin + size);
                              }};
  check("write its stats",
        [&](TileworkFailure* failure) { return table_->stats_write(stats.object_.get(), &output, failure); });
  if (bytes.size() > most) {
    throw FilterError(std::string(name()) + " has stats of more than " + std::to_string(most >> 20) + " MiB" +
                      (most < most_stats ? " for a tile" : ""));
  }
  return bytes;
}

Stats BoundFilter::read_stats(std::span<const std::byte> bytes) const {
  void* object = nullptr;
  check("read its stats", [&](TileworkFailure* failure) {
    return table_->stats_read(bytes.data(), bytes.size(), &object, failure);
  });
  Stats stats;
  stats.object_ = {object, table_->stats_destroy};
  return stats;
}

}  // namespace tilework::engine

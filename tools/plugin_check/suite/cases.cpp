#include "tools/plugin_check/suite/cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "tools/plugin_check/suite/images.h"

namespace tilework::conformance {
namespace {

// Between the ends, whole and odd where the type asks for it.
double any_number(const ParameterDescription& p, double low, double high, cv::RNG& random) {
  const double number = random.uniform(low, std::nextafter(high, HUGE_VAL));
  if (p.type == ParameterType::real) return std::clamp(number, low, high);
  double whole = std::clamp(std::round(number), std::ceil(low), std::floor(high));
  if (p.type == ParameterType::odd && std::fmod(whole, 2) == 0) whole += whole + 1 <= high ? 1 : -1;
  return whole;
}

int any_length(int longest, cv::RNG& random) {
  static constexpr std::array<int, 14> special{1, 2, 3, 5, 7, 13, 31, 61, 64, 127, 128, 131, 256, 257};
  const int length = random.uniform(0, 2) ? special[static_cast<std::size_t>(random.uniform(0, 14))]
                                          : random.uniform(1, longest + 1);
  return std::min(length, longest);
}

// At most eight to a side, so that a case doesn't take long.
int any_tile_length(int length, cv::RNG& random) {
  return std::max((length + 7) / 8, random.uniform(1, length + 1));
}

ParameterDescription narrowed(ParameterDescription p, const Part& part) {
  p.minimum = part.low[0];
  p.maximum = part.high[0];
  p.soft_minimum = std::clamp(p.soft_minimum, p.minimum, p.maximum);
  p.soft_maximum = std::clamp(p.soft_maximum, p.minimum, p.maximum);
  return p;
}

PackedValue value_in(const Part& part, const ParameterDescription& p, cv::RNG& random) {
  PackedValue value = any_value(narrowed(p, part), random);
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = std::clamp(value[i], part.low[i], part.high[i]);
  return value;
}

std::string to_text(cv::Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

}  // namespace

std::vector<engine::BoundFilter> Case::chain() const {
  std::vector<engine::BoundFilter> filters;
  for (const Call& call : calls) filters.push_back(call.bind());
  return filters;
}

CaseText Case::text(std::uint64_t seed) const {
  CaseText text;
  for (const Call& call : calls) {
    if (!text.filters.empty()) text.filters += ", ";
    text.filters += call.filter->description.name;
    const auto& parameters = call.filter->description.parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      text.filters +=
          (i == 0 ? ":" : ",") + parameters[i].name + "=" + to_text(parameters[i], call.values[i]);
    }
  }
  text.image = to_text(image.size());
  text.format = cv::typeToString(image.type());
  text.tile = to_text(tile);
  text.seed = seed;
  return text;
}

PackedValue any_value(const ParameterDescription& p, cv::RNG& random) {
  if (p.type == ParameterType::colour) {
    return {random.uniform(0.0, 1.0), random.uniform(0.0, 1.0), random.uniform(0.0, 1.0)};
  }
  switch (random.uniform(0, 10)) {
    case 0:
      return {any_number(p, p.minimum, p.minimum, random)};
    case 1:
      return {any_number(p, p.maximum, p.maximum, random)};
    case 2:
      return {any_number(p, p.minimum, p.maximum, random)};
    case 3:
    case 4:
      return p.initial;
    default:
      return {any_number(p, p.soft_minimum, p.soft_maximum, random)};
  }
}

Call any_call(const LoadedFilter& filter, const Options& options, cv::RNG& random) {
  Call call{&filter, {}};
  for (const auto& parameter : filter.description.parameters) {
    const auto part = options.parts.find({filter.description.name, parameter.name});
    PackedValue value = part == options.parts.end() ? any_value(parameter, random)
                                                    : value_in(part->second, parameter, random);
    if (options.lowered && is_number(parameter.type)) value[0] = std::min(value[0], parameter.initial[0]);
    call.values.push_back(value);
  }
  return call;
}

Case any_case(std::vector<Call> calls, int longest, cv::RNG& random) {
  static constexpr std::array scenes{Scene::noise, Scene::photo, Scene::photo, Scene::scribbles, Scene::flat};
  static constexpr std::array depths{Depth::u8, Depth::u8, Depth::u16, Depth::f32};
  static constexpr std::array channels{1, 2, 3, 3, 4};
  const auto pick = [&](const auto& from) {
    return from[static_cast<std::size_t>(random.uniform(0, static_cast<int>(from.size())))];
  };
  const cv::Size size(any_length(longest, random), any_length(longest, random));
  const bool detects = std::ranges::any_of(
      calls, [](const Call& call) { return call.filter->description.kind == FilterKind::detector; });
  Scene scene = pick(scenes);
  if (detects && random.uniform(0, 2)) scene = Scene::spots;
  const PixelFormat format{pick(depths), pick(channels)};
  return {make_image(scene, size, format, random),
          {any_tile_length(size.width, random), any_tile_length(size.height, random)},
          std::move(calls)};
}

}  // namespace tilework::conformance

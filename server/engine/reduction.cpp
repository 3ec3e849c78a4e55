#include "server/engine/reduction.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tilework::engine {
namespace {

bool is_in_pixels(const ParameterDescription& parameter) {
  return parameter.unit == "px" &&
         (parameter.type == ParameterType::integer || parameter.type == ParameterType::odd ||
          parameter.type == ParameterType::real);
}

double nearest_allowed(const ParameterDescription& parameter, double value) {
  if (parameter.type == ParameterType::integer) value = std::round(value);
  if (parameter.type == ParameterType::odd) value = 2 * std::round((value - 1) / 2) + 1;
  return std::clamp(value, parameter.minimum, parameter.maximum);
}

}  // namespace

std::vector<PackedValue> reduced_values(const FilterDescription& filter, std::vector<PackedValue> values,
                                        int level) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& parameter = filter.parameters[i];
    if (level > 0 && is_in_pixels(parameter)) {
      values[i][0] = nearest_allowed(parameter, std::ldexp(values[i][0], -level));
    }
  }
  return values;
}

bool is_approximate(const FilterDescription& filter, std::span<const PackedValue> values, const Halo& halo,
                    int level) {
  const bool reads_neighbours = halo.left > 0 || halo.top > 0 || halo.right > 0 || halo.bottom > 0;
  if (level == 0 || !reads_neighbours || filter.kind == FilterKind::detector) return false;
  bool scales = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& parameter = filter.parameters[i];
    if (!is_in_pixels(parameter)) continue;
    scales = true;
    const double wanted = std::ldexp(values[i][0], -level);
    if (std::abs(nearest_allowed(parameter, wanted) - wanted) > wanted / 4) return true;
  }
  return !scales;
}

}  // namespace tilework::engine

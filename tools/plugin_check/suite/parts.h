// The parts of parameters' ranges that cases are drawn from, where an author doesn't want all of them. Pure;
// any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/model/recipe.h"

namespace tilework::conformance {

// What an author asks for: "blur:size=31,passes=2", as `tilework apply -f` takes it.
struct PartText {
  enum class Kind { at_least, at_most, always };
  Kind kind;
  std::string call;

  std::string_view filter() const { return std::string_view(call).substr(0, call.find(':')); }
};

// Whether it is greater or less: none of a choice, a switch and a colour is.
bool is_number(ParameterType type);

// Inclusive, in each component.
struct Part {
  PackedValue low{};
  PackedValue high{};
};

// By the names of filter and parameter.
using Parts = std::map<std::pair<std::string, std::string>, Part>;

// What the texts say of these filters; those on other filters are passed over. Throws UserError for a value
// that the parameter can't take, an end of what has none (a choice, a switch, a colour), and nothing between
// two ends.
Parts read_parts(std::span<const PartText> texts, std::span<const FilterDescription> filters);

}  // namespace tilework::conformance

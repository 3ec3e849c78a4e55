// Declares a filter's parameters: each is bound to a member of the filter, and the default is what a
// default-constructed filter holds. Panels, command-line help, presets and the wire all come from this
// declaration.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <tilework/abi.h>

namespace tilework {

// The unit of parameters that count pixels: scaled for reduced previews.
inline constexpr const char* pixels = "px";

// A colour in OpenCV's order, each part 0 to 1.
struct Colour {
  double blue = 0;
  double green = 0;
  double red = 0;
};

template <class F>
class Parameter {
 public:
  Parameter(const char* name, int type, std::function<TileworkValue(const F&)> read,
            std::function<void(F&, const TileworkValue&)> write)
      : read_(std::move(read)), write_(std::move(write)) {
    data_.name = data_.label = name;
    data_.unit = data_.help = "";
    data_.type = type;
  }

  Parameter& label(const char* text) & {
    data_.label = text;
    return *this;
  }
  Parameter& unit(const char* text) & {
    data_.unit = text;
    return *this;
  }
  Parameter& help(const char* text) & {
    data_.help = text;
    return *this;
  }

  // The hard range, inclusive: values outside are refused. Also what a slider offers until soft_range()
  // narrows it.
  Parameter& range(double minimum, double maximum) & {
    data_.minimum = data_.soft_minimum = minimum;
    data_.maximum = data_.soft_maximum = maximum;
    return *this;
  }
  Parameter& soft_range(double minimum, double maximum) & {
    data_.soft_minimum = minimum;
    data_.soft_maximum = maximum;
    return *this;
  }
  Parameter& choices(std::vector<const char*> names) & {
    choices_ = std::move(names);
    range(0, static_cast<double>(choices_.size()) - 1);
    return *this;
  }

  Parameter&& label(const char* text) && { return std::move(label(text)); }
  Parameter&& unit(const char* text) && { return std::move(unit(text)); }
  Parameter&& help(const char* text) && { return std::move(help(text)); }
  Parameter&& range(double minimum, double maximum) && { return std::move(range(minimum, maximum)); }
  Parameter&& soft_range(double minimum, double maximum) && {
    return std::move(soft_range(minimum, maximum));
  }

  // The declaration in C; its pointers live as long as this object stays where it is.
  TileworkParameter table_entry() const {
    TileworkParameter entry = data_;
    entry.initial = read_(F{});
    entry.choices = choices_.empty() ? nullptr : choices_.data();
    entry.choice_count = static_cast<int32_t>(choices_.size());
    return entry;
  }
  void write(F& filter, const TileworkValue& value) const { write_(filter, value); }

 private:
  TileworkParameter data_{};
  std::vector<const char*> choices_;
  std::function<TileworkValue(const F&)> read_;
  std::function<void(F&, const TileworkValue&)> write_;
};

namespace detail {
template <class F, class T>
Parameter<F> number(const char* name, int type, T F::*member) {
  return {name, type,
          [member](const F& f) {
            return TileworkValue{{static_cast<double>(f.*member), 0, 0}};
          },
          [member](F& f, const TileworkValue& value) { f.*member = static_cast<T>(value.component[0]); }};
}
}  // namespace detail

// A whole number. The range is that of the type until range() is given.
template <class F>
Parameter<F> integer(const char* name, int F::*member) {
  return detail::number(name, TILEWORK_INT, member)
      .range(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
}

// An odd whole number, such as a kernel's size.
template <class F>
Parameter<F> odd(const char* name, int F::*member) {
  return detail::number(name, TILEWORK_ODD, member).range(1, 32767);
}

template <class F>
Parameter<F> real(const char* name, double F::*member) {
  return detail::number(name, TILEWORK_FLOAT, member)
      .range(std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
}

template <class F>
Parameter<F> boolean(const char* name, bool F::*member) {
  return detail::number(name, TILEWORK_BOOL, member).range(0, 1);
}

// One of a list of names; the member holds the index (an int or an enum that counts from 0).
template <class F, class T>
Parameter<F> choice(const char* name, T F::*member, std::vector<const char*> names) {
  auto parameter = detail::number(name, TILEWORK_CHOICE, member);
  parameter.choices(std::move(names));
  return parameter;
}

template <class F>
Parameter<F> colour(const char* name, Colour F::*member) {
  return Parameter<F>(
             name, TILEWORK_COLOUR,
             [member](const F& f) {
               return TileworkValue{{(f.*member).blue, (f.*member).green, (f.*member).red}};
             },
             [member](F& f, const TileworkValue& value) {
               f.*member = {value.component[0], value.component[1], value.component[2]};
             })
      .range(0, 1);
}

// The list that a filter's parameters() returns.
template <class F, class... Rest>
std::vector<Parameter<F>> parameters(Parameter<F> first, Rest... rest) {
  return {std::move(first), std::move(rest)...};
}

}  // namespace tilework

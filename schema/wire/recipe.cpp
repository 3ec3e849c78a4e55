#include "schema/wire/recipe.h"

#include <algorithm>

#include "schema/model/error.h"
#include "schema/wire/list.h"
#include "schema/wire/text.h"

namespace tilework::wire {

// Overloads that only this file needs; in an unnamed namespace they would hide the public ones.
static void write(rpc::Parameter::Builder to, const ParameterDescription& from);
static ParameterDescription read(rpc::Parameter::Reader from);
static Value read(rpc::Value::Reader from);

namespace {

constexpr std::size_t longest_word = 64;  // bytes: names of filters, parameters and choices, versions, units

template <class To, class From>
std::vector<To> read_list(From from) {
  std::vector<To> list;
  list.reserve(from.size());
  for (const auto element : from) list.push_back(read(element));
  return list;
}

struct WriteValue {
  rpc::Value::Builder to;
  void operator()(double number) { to.setNumber(number); }
  void operator()(bool on) { to.setSwitch(on); }
  void operator()(const std::string& choice) { to.setChoice(choice); }
  void operator()(const ColourValue& colour) {
    auto parts = to.initColour();
    parts.setBlue(colour.blue);
    parts.setGreen(colour.green);
    parts.setRed(colour.red);
  }
};

}  // namespace

static void write(rpc::Parameter::Builder to, const ParameterDescription& from) {
  to.setName(from.name);
  to.setLabel(from.label);
  to.setUnit(from.unit);
  to.setHelp(from.help);
  to.setType(static_cast<rpc::Parameter::Type>(from.type));
  auto choices = to.initChoices(static_cast<unsigned>(from.choices.size()));
  for (unsigned i = 0; i < choices.size(); ++i) choices.set(i, from.choices[i]);
  to.setMinimum(from.minimum);
  to.setMaximum(from.maximum);
  to.setSoftMinimum(from.soft_minimum);
  to.setSoftMaximum(from.soft_maximum);
  auto initial = to.initInitial(static_cast<unsigned>(from.initial.size()));
  for (unsigned i = 0; i < initial.size(); ++i) initial.set(i, from.initial[i]);
}

static ParameterDescription read(rpc::Parameter::Reader from) {
  ParameterDescription to;
  to.name = text(from.getName(), longest_word);
  to.label = text(from.getLabel(), longest_name);
  to.unit = text(from.getUnit(), longest_word);
  to.help = prose(from.getHelp());
  if (from.getType() > rpc::Parameter::Type::COLOUR)
    throw UserError("a parameter of an unknown type was received");
  to.type = static_cast<ParameterType>(from.getType());
  for (const auto choice : from.getChoices()) to.choices.push_back(text(choice, longest_word));
  to.minimum = from.getMinimum();
  to.maximum = from.getMaximum();
  to.soft_minimum = from.getSoftMinimum();
  to.soft_maximum = from.getSoftMaximum();
  const auto initial = from.getInitial();
  for (unsigned i = 0; i < std::min<unsigned>(initial.size(), 3); ++i) to.initial[i] = initial[i];
  return to;
}

static Value read(rpc::Value::Reader from) {
  switch (from.which()) {
    case rpc::Value::NUMBER:
      return from.getNumber();
    case rpc::Value::SWITCH:
      return from.getSwitch();
    case rpc::Value::CHOICE:
      return text(from.getChoice());
    case rpc::Value::COLOUR:
      return ColourValue{from.getColour().getBlue(), from.getColour().getGreen(), from.getColour().getRed()};
  }
  throw UserError("a value of an unknown type was received");
}

void write(rpc::Filter::Builder to, const FilterDescription& from) {
  to.setName(from.name);
  to.setVersion(from.version);
  to.setLabel(from.label);
  to.setGroup(from.group);
  to.setHelp(from.help);
  to.setKind(static_cast<rpc::Filter::Kind>(from.kind));
  to.setDepths(from.depths);
  to.setChannels(from.channels);
  to.setAlpha(static_cast<rpc::Filter::Alpha>(from.alpha));
  auto parameters = to.initParameters(static_cast<unsigned>(from.parameters.size()));
  for (unsigned i = 0; i < parameters.size(); ++i) write(parameters[i], from.parameters[i]);
}

FilterDescription read(rpc::Filter::Reader from) {
  FilterDescription to;
  to.name = text(from.getName(), longest_word);
  to.version = text(from.getVersion(), longest_word);
  to.label = text(from.getLabel(), longest_name);
  to.group = text(from.getGroup(), longest_name);
  to.help = prose(from.getHelp());
  if (from.getKind() > rpc::Filter::Kind::DETECTOR)
    throw UserError("a filter of an unknown kind was received");
  to.kind = static_cast<FilterKind>(from.getKind());
  to.depths = from.getDepths();
  to.channels = from.getChannels();
  if (from.getAlpha() > rpc::Filter::Alpha::TAKEN)
    throw UserError("a filter was received that does with alpha what isn't known");
  to.alpha = static_cast<AlphaUse>(from.getAlpha());
  to.parameters = read_list<ParameterDescription>(from.getParameters());
  return to;
}

void write(rpc::Plugin::Builder to, const PluginDescription& from) {
  to.setFile(from.file);
  to.setDigest(from.digest);
  write_list(to.initFilters(static_cast<unsigned>(from.filters.size())), from.filters);
}

PluginDescription read(rpc::Plugin::Reader from) {
  return {text(from.getFile()), text(from.getDigest()), read(from.getFilters())};
}

void write(rpc::FilterCall::Builder to, const FilterCall& from) {
  to.setFilter(from.filter);
  auto arguments = to.initArguments(static_cast<unsigned>(from.arguments.size()));
  unsigned i = 0;
  for (const auto& [name, value] : from.arguments) {
    arguments[i].setName(name);
    std::visit(WriteValue{arguments[i++].initValue()}, value);
  }
}

FilterCall read(rpc::FilterCall::Reader from) {
  FilterCall to{text(from.getFilter()), {}};
  for (const auto argument : from.getArguments()) {
    to.arguments.insert_or_assign(text(argument.getName()), read(argument.getValue()));
  }
  return to;
}

Recipe read(capnp::List<rpc::FilterCall>::Reader from) {
  return read_list<FilterCall>(from);
}
std::vector<PluginDescription> read(capnp::List<rpc::Plugin>::Reader from) {
  return read_list<PluginDescription>(from);
}
std::vector<FilterDescription> read(capnp::List<rpc::Filter>::Reader from) {
  return read_list<FilterDescription>(from);
}

}  // namespace tilework::wire

// What users type and keep: filter calls, presets, addresses of masters.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/document/preset.h"
#include "schema/model/recipe.h"
#include "schema/transport/endpoint.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

ParameterDescription parameter(const std::string& name, ParameterType type) {
  ParameterDescription made;
  made.name = name;
  made.type = type;
  made.minimum = -100;
  made.maximum = 100;
  if (type == ParameterType::choice) made.choices = {"jet", "hot"};
  return made;
}

// A filter with a parameter of each type.
FilterDescription everything() {
  FilterDescription filter;
  filter.name = "all";
  filter.parameters = {parameter("i", ParameterType::integer), parameter("o", ParameterType::odd),
                       parameter("r", ParameterType::real),    parameter("b", ParameterType::boolean),
                       parameter("c", ParameterType::choice),  parameter("k", ParameterType::colour)};
  return filter;
}

}  // namespace

void run(Bytes bytes) {
  static const std::vector<FilterDescription> filters{everything()};
  const std::string_view text = text_of(bytes);
  may_refuse([&] { pack_arguments(filters[0], parse_call(filters, text)); });
  may_refuse([&] { transport::parse_endpoints(text); });
  may_refuse([&] {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return;
    const auto steps = client::steps_from_json(json);
    // What was read is written as what reads the same.
    if (client::to_json(client::steps_from_json(client::to_json(steps))) != client::to_json(steps)) {
      __builtin_trap();
    }
  });
}

}  // namespace tilework::fuzz

#include "tools/plugin_check/messages.h"

#include <nlohmann/json.hpp>

namespace tilework::plugin_check {
namespace {

using Json = nlohmann::json;

Json to_json(const conformance::CaseText& where) {
  return {{"filters", where.filters},
          {"image", where.image},
          {"format", where.format},
          {"tile", where.tile},
          {"seed", where.seed}};
}

conformance::CaseText case_from(const Json& json) {
  return {json.at("filters"), json.at("image"), json.at("format"), json.at("tile"), json.at("seed")};
}

struct Writer {
  Json operator()(std::monostate) const { return {}; }
  Json operator()(const Refusal& refusal) const { return {{"refused", refusal.reason}}; }
  Json operator()(const Mistake& mistake) const { return {{"mistake", mistake.text}}; }
  Json operator()(const ExportedFilter& filter) const {
    return {{"exports", filter.name}, {"version", filter.version}, {"kind", filter.kind}};
  }
  Json operator()(const conformance::CaseText& where) const { return {{"at", to_json(where)}}; }
  Json operator()(const conformance::Finding& finding) const {
    return {{"found", finding.what}, {"where", to_json(finding.where)}};
  }
};

Message from_json(const Json& json) {
  if (json.contains("refused")) return Refusal{json.at("refused")};
  if (json.contains("mistake")) return Mistake{json.at("mistake")};
  if (json.contains("exports"))
    return ExportedFilter{json.at("exports"), json.at("version"), json.at("kind")};
  if (json.contains("at")) return case_from(json.at("at"));
  if (json.contains("found")) return conformance::Finding{case_from(json.at("where")), json.at("found")};
  return {};
}

}  // namespace

std::string write(const Message& message) {
  // A plugin's texts need not be UTF-8.
  return std::visit(Writer{}, message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Message read(const std::string& line) {
  try {
    return from_json(Json::parse(line));
  } catch (const Json::exception&) {
    return {};
  }
}

}  // namespace tilework::plugin_check

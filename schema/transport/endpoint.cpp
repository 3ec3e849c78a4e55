#include "schema/transport/endpoint.h"

#include <charconv>

#include "schema/model/error.h"

namespace tilework::transport {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw UserError("\"" + std::string(text) + "\" is no address; write HOST:PORT, such as 127.0.0.1:7400");
}

}  // namespace

std::string Endpoint::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Endpoint parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) refuse(text);
    endpoint.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) refuse(text);
  } else {
    const auto colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (endpoint.host.empty()) refuse(text);
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error != std::errc{} || end != port.data() + port.size()) refuse(text);
  }
  return endpoint;
}

std::vector<Endpoint> parse_endpoints(std::string_view text) {
  std::vector<Endpoint> list;
  while (true) {
    const auto comma = text.find(',');
    list.push_back(parse_endpoint(text.substr(0, comma)));
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace tilework::transport

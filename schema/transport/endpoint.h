// Addresses of masters, as users write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilework::transport {

inline constexpr std::uint16_t default_port = 7400;

struct Endpoint {
  std::string host;
  std::uint16_t port = default_port;

  std::string text() const;  // "host:port", "[::1]:port"
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "host", "host:port", "[v6 address]:port". Throws UserError.
Endpoint parse_endpoint(std::string_view text);

// The same, separated by commas; at least one.
std::vector<Endpoint> parse_endpoints(std::string_view text);

}  // namespace tilework::transport

#include "client/session/unusable.h"

#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

// The system's own words at the end of KJ's description, as in "connect(): Connection refused" and
// "DNS lookup failed.; params.host = x; gai_strerror(status) = Name or service not known".
std::string reason_of(const kj::Exception& exception) {
  std::string text = transport::from_kj(exception).what();
  const auto equals = text.rfind(" = ");
  if (equals != std::string::npos) return text.substr(equals + 3);
  const auto colon = text.rfind("): ");
  return colon == std::string::npos ? text : text.substr(colon + 3);
}

}  // namespace

std::string why_unusable(const kj::Exception& error, bool reached) {
  const bool timeout = error.getType() == kj::Exception::Type::OVERLOADED;
  if (!reached) return timeout ? "no answer in time" : reason_of(error);
  if (timeout) return "it accepts connections but doesn't answer as a Tilework master does";
  if (error.getType() == kj::Exception::Type::DISCONNECTED) return "it hangs up; is that a Tilework master?";
  return transport::from_kj(error).what();
}

}  // namespace tilework::client

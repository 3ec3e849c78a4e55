#include "server/host/process/host_answer.h"

#include "schema/model/clean_text.h"
#include "schema/transport/errors.h"
#include "server/logging/log.h"

namespace tilework::host {
namespace {

// Bytes. A host cuts what its plugins throw, unless they have tampered with it.
constexpr std::size_t longest_reason = 1100;

}  // namespace

bool makes_no_sense(const kj::Exception& error) {
  const bool is_refusal =
      error.getType() == kj::Exception::Type::FAILED ||
      (transport::is_answer(error) && error.getType() != kj::Exception::Type::DISCONNECTED);
  return is_refusal && !transport::find_error(error);
}

bool is_late(const kj::Exception& error) {
  return error.getType() == kj::Exception::Type::OVERLOADED && !transport::is_answer(error);
}

Error fault_of_host(pid_t host, const kj::Exception& error) {
  const Error fault = transport::from_kj(error);
  if (!makes_no_sense(error)) {
    const bool may_be =
        !transport::is_answer(error) || fault.fault() == Fault::user || fault.fault() == Fault::machine;
    return {may_be ? fault.fault() : Fault::failed, clean_line(fault.what(), longest_reason)};
  }
  spdlog::warn("host answers nonsense pid={} detail={}", host, in_quotes(fault.what()));
  return {Fault::failed, "what it answered makes no sense"};
}

}  // namespace tilework::host

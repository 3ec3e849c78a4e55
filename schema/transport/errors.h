// How tilework::Error crosses the wire. Cap'n Proto carries a text and a type; ours goes in front of the text
// as
// "[tilework:user] ..." and is taken off again on the other side.
#pragma once

#include <exception>
#include <optional>

#include <kj/async.h>
#include <kj/exception.h>

#include "schema/model/error.h"

namespace tilework::transport {

// For throwing out of an RPC method.
kj::Exception to_kj(const Error& error);

// The Error that to_kj() was given, here or on the other side; none where something else speaks, as the RPC
// library does.
std::optional<Error> find_error(const kj::Exception& exception);

// Whether it is what the other side answered, of whatever type, rather than something that went wrong here.
bool is_answer(const kj::Exception& exception);

// What went wrong on the other side, in words that can be shown (schema/model/clean_text.h). Without our
// mark: a lost connection is Fault::unreachable, all else Fault::failed.
Error from_kj(const kj::Exception& exception);

// Runs the body of an RPC method: a tilework::Error or any std::exception becomes a kj::Exception.
template <class Body>
auto method(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    kj::throwFatalException(to_kj(error));
  } catch (const kj::Exception&) {
    throw;
  } catch (const std::exception& error) {
    kj::throwFatalException(to_kj(Error(Fault::failed, error.what())));
  }
}

}  // namespace tilework::transport

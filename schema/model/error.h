// Errors that reach a person: what was being done, with what, what went wrong, what to try.
#pragma once

#include <stdexcept>
#include <string>

namespace tilework {

// Who can act on it. The programs' exit codes follow from this, and it crosses the wire with the text.
enum class Fault {
  user,         // a wrong file, parameter, name or option: the caller can correct it
  unreachable,  // nobody answers, or the connection was lost
  failed,       // the job was right, but could not be done (a filter crashed)
  cancelled,    // somebody asked for it to end
  denied,       // the caller may not do this: a wrong token
  machine,      // failed for what the machine lacks: disk, memory, descriptors; another may have it
};

// The text is one line for a person, and says what to try.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& text) : std::runtime_error(text), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

// The shorthand for the commonest kind.
class UserError : public Error {
 public:
  explicit UserError(const std::string& text) : Error(Fault::user, text) {}
};

}  // namespace tilework

#include "schema/transport/errors.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <kj/string.h>

#include "schema/model/clean_text.h"

namespace tilework::transport {
namespace {

constexpr std::array<std::pair<Fault, std::string_view>, 6> marks{{
    {Fault::user, "[tilework:user] "},
    {Fault::unreachable, "[tilework:unreachable] "},
    {Fault::failed, "[tilework:failed] "},
    {Fault::cancelled, "[tilework:cancelled] "},
    {Fault::denied, "[tilework:denied] "},
    {Fault::machine, "[tilework:machine] "},
}};

std::string_view mark_of(Fault fault) {
  for (const auto& [marked, mark] : marks) {
    if (marked == fault) return mark;
  }
  return marks[2].second;
}

std::string_view text_of(const kj::Exception& exception) {
  return {exception.getDescription().begin(), exception.getDescription().size()};
}

}  // namespace

kj::Exception to_kj(const Error& error) {
  const std::string text = std::string(mark_of(error.fault())) + error.what();
  return {kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::heapString(text.data(), text.size())};
}

std::optional<Error> find_error(const kj::Exception& exception) {
  const std::string_view text = text_of(exception);
  // The first mark is ours; what follows it may be anybody's words.
  const auto at = text.find("[tilework:");
  if (at == std::string_view::npos) return std::nullopt;
  for (const auto& [fault, mark] : marks) {
    const auto marked = text.substr(at);
    if (marked.starts_with(mark)) return Error(fault, clean_line(marked.substr(mark.size()), longest_line));
  }
  return std::nullopt;
}

// The RPC library names no file of ours for what comes over a connection.
bool is_answer(const kj::Exception& exception) {
  return std::string_view(exception.getFile()) == "(remote)";
}

Error from_kj(const kj::Exception& exception) {
  if (auto ours = find_error(exception)) return *std::move(ours);
  std::string_view text = text_of(exception);
  constexpr std::string_view relayed = "remote exception: ";  // Cap'n Proto's, once for each hop
  while (text.starts_with(relayed)) text.remove_prefix(relayed.size());
  constexpr std::string_view foreign = "std::exception: ";  // KJ's, for what wasn't thrown as its own
  if (text.starts_with(foreign)) text.remove_prefix(foreign.size());
  const bool lost = exception.getType() == kj::Exception::Type::DISCONNECTED;
  return {lost ? Fault::unreachable : Fault::failed, clean_line(text, longest_line)};
}

}  // namespace tilework::transport

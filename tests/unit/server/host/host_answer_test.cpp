// What is believed of a filter host's words, which may be a plugin's.
#include "server/host/process/host_answer.h"

#include <catch2/catch.hpp>
#include <kj/string.h>

#include "schema/transport/errors.h"

namespace tilework::host {
namespace {

// As the RPC library gives what came over a connection.
kj::Exception said(const Error& error, kj::Exception::Type type = kj::Exception::Type::FAILED) {
  return {type, "(remote)", 0, kj::str("remote exception: ", transport::to_kj(error).getDescription())};
}

}  // namespace

TEST_CASE("a host can't say that somebody else is at fault than its filters, their user or the machine") {
  for (const auto fault : {Fault::denied, Fault::cancelled, Fault::unreachable, Fault::failed}) {
    CHECK(fault_of_host(1, said({fault, "it says so"})).fault() == Fault::failed);
  }
  CHECK(fault_of_host(1, said({Fault::user, "too few channels"})).fault() == Fault::user);
  CHECK(fault_of_host(1, said({Fault::machine, "no such library"})).fault() == Fault::machine);
  CHECK(fault_of_host(1, said({Fault::failed, "two\nlines"})).what() == std::string("two lines"));
}

TEST_CASE("what went wrong in the host's parent keeps its kind") {
  const auto mine = transport::to_kj({Fault::machine, "the disk is full"});
  CHECK_FALSE(transport::is_answer(mine));
  CHECK(fault_of_host(1, mine).fault() == Fault::machine);
}

TEST_CASE("only the parent's clock says that a host is late") {
  const kj::Exception late(kj::Exception::Type::OVERLOADED, __FILE__, __LINE__, kj::str("timed out"));
  CHECK(is_late(late));
  CHECK_FALSE(makes_no_sense(late));
  const kj::Exception claim(kj::Exception::Type::OVERLOADED, "(remote)", 0, kj::str("timed out"));
  CHECK_FALSE(is_late(claim));
  CHECK(makes_no_sense(claim));
  CHECK(fault_of_host(1, claim).fault() == Fault::failed);
}

}  // namespace tilework::host

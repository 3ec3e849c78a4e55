// Who a client says that it is, as a master understands it.
#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "schema/wire/client.h"

using namespace tilework;

namespace {

ClientInfo told(const ClientInfo& info) {
  capnp::MallocMessageBuilder message;
  auto builder = message.initRoot<rpc::ClientInfo>();
  wire::write(builder, info);
  return wire::read(builder.asReader());
}

}  // namespace

TEST_CASE("a client is called by its user and machine, or by its program where it says neither") {
  CHECK(name_of({"tilework", "ada", "lab", 1}) == "ada@lab");
  CHECK(name_of({"tilework", "", "lab", 1}) == "@lab");
  CHECK(name_of({"tilework", "", "", 0}) == "tilework");
}

TEST_CASE("what a client says of itself can't break a line of the log, nor fill it") {
  const auto info = told({"til\nework", "a\"da\\", "l\x7f\x1b[2Jab", 4711});
  CHECK(info.program == "til ework");
  CHECK(info.user == "a?da?");
  CHECK(info.host == "l  [2Jab");
  CHECK(info.process == 4711);
  CHECK(told({"", std::string(1'000, 'x'), "", 0}).user == std::string(61, 'x') + "\u2026");
  // 60 bytes, and two for each of the others: none is cut in its middle.
  CHECK(told({"", std::string(60, 'x') + "\u00fc\u00fc\u00fc", "", 0}).user ==
        std::string(60, 'x') + "\u2026");
  CHECK(told({"tilework", "j\xc3\xbcrgen", "", 0}).user == "j\xc3\xbcrgen");
}

// The table of clients: how one is named, and what is said of a name that fits none or several.
#include "server/master/sessions/client_table.h"

#include <catch2/catch.hpp>

#include "schema/model/error.h"

using namespace tilework;
using Catch::Matchers::Contains;

namespace {

class Client final : public master::ConnectedClient {
 public:
  Client(std::uint64_t id, const std::string& user) {
    details_.id = id, details_.info = {"p", user, "lab", 1};
  }
  ClientDetails details() override { return details_; }
  void end(const std::string&) override {}

 private:
  ClientDetails details_;
};

std::string refusal(const master::ClientTable& table, const std::string& client) {
  try {
    table.get(client);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::failed);
    return error.what();
  }
  return "it was found";
}

}  // namespace

TEST_CASE("a client is found by its id, and by its name where that is one client's alone") {
  Client ada(3, "ada"), bob(4, "bob"), other_bob(9, "bob"), odd(10, "3");
  master::ClientTable table;
  for (auto* client : {&ada, &bob, &other_bob, &odd}) table.add(client->details().id, *client);
  CHECK(table.size() == 4);
  CHECK(table.list().at(1).info.user == "bob");
  CHECK(&table.get("3") == &ada);
  CHECK(&table.get("ada@lab") == &ada);
  CHECK(&table.get("9") == &other_bob);
  CHECK_THAT(refusal(table, "bob@lab"), Contains("several clients") && Contains("4, 9"));
  CHECK_THAT(refusal(table, "eve@lab"), Contains("no client \"eve@lab\""));
  CHECK_THAT(refusal(table, "ada"), Contains("no client"));
  CHECK_THAT(refusal(table, ""), Contains("no client"));
  table.remove(4);
  CHECK(&table.get("bob@lab") == &other_bob);
  CHECK_THAT(refusal(table, "4"), Contains("no client"));
}

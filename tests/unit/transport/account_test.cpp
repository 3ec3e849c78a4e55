// What a peer has under way, by the messages that pass.
#include "schema/transport/account.h"

#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "schema/model/error.h"

namespace tilework::transport {
namespace {

namespace protocol = capnp::rpc;
using Catch::Matchers::Contains;

constexpr Budget small{"a test", 64 << 10, 2, unbounded, 3, 3, unbounded, true};

struct Message : capnp::MallocMessageBuilder {
  protocol::Message::Builder root = initRoot<protocol::Message>();
  operator protocol::Message::Reader() { return root.asReader(); }
};

struct Bootstrap : Message {
  explicit Bootstrap(std::uint32_t number) { root.initBootstrap().setQuestionId(number); }
};

struct Call : Message {
  Call(std::uint32_t number, unsigned capabilities, std::uint32_t first = 1) {
    auto call = root.initCall();
    call.setQuestionId(number);
    for (auto entry : call.initParams().initCapTable(capabilities)) entry.setSenderHosted(first++);
  }
};

struct Answer : Message {
  Answer(std::uint32_t number, unsigned capabilities, std::uint32_t first = 1) {
    auto answer = root.initReturn();
    answer.setAnswerId(number);
    answer.setReleaseParamCaps(false);
    for (auto entry : answer.initResults().initCapTable(capabilities)) entry.setSenderHosted(first++);
  }
};

struct Finish : Message {
  Finish(std::uint32_t number, bool releases) {
    root.initFinish().setQuestionId(number);
    root.getFinish().setReleaseResultCaps(releases);
  }
};

struct Release : Message {
  explicit Release(std::uint32_t number, unsigned count = 1) {
    root.initRelease().setId(number);
    root.getRelease().setReferenceCount(count);
  }
};

template <class Message>
std::string refusal(Account& account, Message&& message) {
  try {
    account.came(message);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a call is under way until it is answered and finished") {
  Account account(fixed(small));
  account.came(Bootstrap(0));
  account.came(Call(1, 0));
  CHECK(account.calls() == 2);
  account.goes(Answer(0, 0));
  CHECK(account.calls() == 2);
  account.came(Finish(0, false));
  CHECK(account.calls() == 1);
  account.came(Finish(1, false));
  CHECK(account.calls() == 1);  // dropped, and still to be answered
  account.goes(Answer(1, 0));
  CHECK(account.calls() == 0);
  account.came(Call(2, 0));
  account.came(Call(3, 0));
  CHECK(refusal(account, Call(4, 0)) == "it has more calls under way than a test may: 2");
}

TEST_CASE("capabilities of the peer's are held until each passing is given back") {
  Account account(fixed(small));
  account.came(Call(1, 2));
  CHECK(account.held() == 2);
  account.goes(Release(2));
  account.goes(Call(5, 0));
  account.came(Answer(5, 2));  // one that is there, and one again
  CHECK(account.held() == 2);
  account.goes(Release(1));
  CHECK(account.held() == 2);
  account.goes(Release(1));
  CHECK(account.held() == 1);
  CHECK_THAT(refusal(account, Call(2, 3, 10)), Contains("capabilities with us than a test may: 3"));
}

TEST_CASE("one capability that is passed for ever is one") {
  Account account(fixed(small));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    account.came(Call(i, 1));
    account.goes(Answer(i, 1));
    account.came(Finish(i, false));
  }
  CHECK(account.held() == 1);
  CHECK(account.lent() == 1);
  account.goes(Release(1, 1000));
  account.came(Release(1, 999));
  CHECK(account.held() == 0);
  CHECK(account.lent() == 1);
}

TEST_CASE("what an answer brings to a call that was dropped isn't held") {
  Account account(fixed(small));
  account.goes(Call(5, 0));
  SECTION("dropped before it came") {
    account.goes(Finish(5, true));
    account.came(Answer(5, 2));
  }
  SECTION("dropped when it had come and nobody had looked") {
    account.came(Answer(5, 2));
    CHECK(account.held() == 2);
    account.goes(Finish(5, true));
  }
  CHECK(account.held() == 0);
  account.goes(Call(5, 0));  // the number is free again
  account.came(Answer(5, 2));
  account.goes(Finish(5, false));
  CHECK(account.held() == 2);
}

TEST_CASE("capabilities of ours are lent until they are released") {
  Account account(fixed(small));
  account.goes(Call(5, 1));
  account.came(Call(1, 0));
  account.goes(Answer(1, 3, 2));
  CHECK(account.lent() == 4);
  CHECK_THAT(refusal(account, Call(2, 0)), Contains("of our capabilities than a test may: 3"));
  account.came(Finish(1, true));
  CHECK(account.lent() == 1);
  account.came(Release(1));
  CHECK(account.lent() == 0);
}

TEST_CASE("what nobody here says ends a connection") {
  Account account(fixed(small));
  const auto refused = [&](auto&& make) {
    Message message;
    make(message.root);
    return refusal(account, message);
  };
  const auto out_of_turn = Contains("it spoke out of turn");
  CHECK_THAT(refused([](auto root) { root.initResolve(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initDisembargo(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initProvide(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initAccept(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initJoin(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initObsoleteSave(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initUnimplemented(); }), out_of_turn);
  CHECK_THAT(refusal(account, Answer(9, 0)), out_of_turn);
  CHECK_THAT(refusal(account, Finish(9, true)), out_of_turn);
  CHECK_THAT(refused([](auto root) { root.initCall().initSendResultsTo().setYourself(); }), out_of_turn);
  CHECK_THAT(refused([](auto root) {
               root.initCall().setQuestionId(2);
               root.getCall().initParams().initCapTable(1)[0].setSenderPromise(1);
             }),
             out_of_turn);
}

TEST_CASE("who is never to ask may not even ask once") {
  Account host(fixed(host_budget));
  CHECK(refusal(host, Bootstrap(0)) == "it spoke out of turn: it asked for something");
  CHECK(refusal(host, Call(0, 0)) == "it spoke out of turn: it asked for something");
  host.goes(Call(0, 1));
  host.came(Answer(0, 1));
  CHECK(host.held() == 1);
}

TEST_CASE("a budget that changes counts from then on") {
  auto budget = std::make_shared<Budget>(small);
  Account account(budget);
  account.came(Call(1, 0));
  account.came(Call(2, 0));
  budget->calls = 3;
  account.came(Call(3, 0));
  CHECK(account.calls() == 3);
}

}  // namespace tilework::transport

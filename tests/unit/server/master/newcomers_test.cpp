// Which connections a master closes of those that haven't signed in.
#include "server/master/sessions/newcomers.h"

#include <catch2/catch.hpp>
#include <kj/async-io.h>

namespace tilework::master {
namespace {

using namespace std::chrono_literals;

bool is_turned_away(kj::Promise<void>& promise, kj::WaitScope& scope) {
  return promise.poll(scope);
}

}  // namespace

TEST_CASE("a host with many newcomers makes room for those of others, the one that came first at first") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 3, 1h);
  const auto first = newcomers.admit("stranger"), second = newcomers.admit("stranger");
  const auto other = newcomers.admit("other");
  auto first_goes = first->turned_away(), second_goes = second->turned_away(),
       other_goes = other->turned_away();
  CHECK_FALSE(is_turned_away(first_goes, io.waitScope));
  const auto third = newcomers.admit("stranger");
  CHECK(is_turned_away(first_goes, io.waitScope));
  const auto fourth = newcomers.admit("another");
  CHECK(is_turned_away(second_goes, io.waitScope));
  CHECK_FALSE(is_turned_away(other_goes, io.waitScope));
  CHECK(newcomers.count() == 3);
}

TEST_CASE("of newcomers from everywhere the oldest goes, and never the newest") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 2, 1h);
  const auto first = newcomers.admit("198.51.100.1"), second = newcomers.admit("203.0.113.1");
  auto first_goes = first->turned_away(), second_goes = second->turned_away();
  const auto newest = newcomers.admit("192.0.2.1");  // whatever the order of the addresses is
  auto newest_goes = newest->turned_away();
  CHECK(is_turned_away(first_goes, io.waitScope));
  CHECK_FALSE(is_turned_away(second_goes, io.waitScope));
  CHECK_FALSE(is_turned_away(newest_goes, io.waitScope));
}

TEST_CASE("addresses of one network make room for those of others") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 3, 1h);
  const bool is_v6 = GENERATE(false, true);
  const auto oldest = newcomers.admit(is_v6 ? "2001:db8:0:1::1" : "192.0.2.1");
  const auto one = newcomers.admit(is_v6 ? "2001:db8:0:2::1" : "192.0.3.1"),
             two = newcomers.admit(is_v6 ? "2001:db8:0:2:ffff:1:1:1" : "192.0.3.255");
  auto oldest_goes = oldest->turned_away(), one_goes = one->turned_away(), two_goes = two->turned_away();
  const auto newest = newcomers.admit(is_v6 ? "2001:db8::1" : "198.51.100.1");
  CHECK(is_turned_away(one_goes, io.waitScope));
  CHECK_FALSE(is_turned_away(two_goes, io.waitScope));
  CHECK_FALSE(is_turned_away(oldest_goes, io.waitScope));
}

TEST_CASE("who has signed in stays, and is a newcomer again when he has signed out") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 10, 20ms);
  const auto visit = newcomers.admit("host");
  auto goes = visit->turned_away();
  auto session = visit->sign_in(transport::client_budget, [] { FAIL("the connection hasn't ended"); });
  CHECK(newcomers.count() == 0);
  io.provider->getTimer().afterDelay(60 * kj::MILLISECONDS).wait(io.waitScope);
  CHECK_FALSE(is_turned_away(goes, io.waitScope));
  session = nullptr;
  CHECK(newcomers.count() == 1);
  io.provider->getTimer().timeoutAfter(10 * kj::SECONDS, kj::mv(goes)).wait(io.waitScope);
  CHECK(newcomers.count() == 0);
}

TEST_CASE("a connection that ends is no newcomer any more, and who had signed in lets go once") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 10, 1h);
  auto visit = newcomers.admit("host");
  int let_go = 0;
  auto session = visit->sign_in(transport::client_budget, [&let_go] { ++let_go; });
  visit->end();
  visit->end();
  CHECK(let_go == 1);
  visit = nullptr;
  session = nullptr;
  CHECK(newcomers.count() == 0);
  CHECK_FALSE(newcomers.make_room("nobody is left"));
}

}  // namespace tilework::master

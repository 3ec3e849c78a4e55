// Which connections a master closes of those that haven't signed in.
#include "server/master/newcomers.h"

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

TEST_CASE("who has signed in stays, and is a newcomer again when nothing is left that he signed in for") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 10, 20ms);
  const auto visit = newcomers.admit("host");
  auto goes = visit->turned_away();
  auto session = visit->sign_in(), membership = visit->sign_in();
  CHECK(newcomers.count() == 0);
  session = nullptr;
  io.provider->getTimer().afterDelay(60 * kj::MILLISECONDS).wait(io.waitScope);
  CHECK_FALSE(is_turned_away(goes, io.waitScope));
  membership = nullptr;
  CHECK(newcomers.count() == 1);
  io.provider->getTimer().timeoutAfter(10 * kj::SECONDS, kj::mv(goes)).wait(io.waitScope);
  CHECK(newcomers.count() == 0);
}

TEST_CASE("a connection that is closed is no newcomer any more") {
  auto io = kj::setupAsyncIo();
  Newcomers newcomers(io.provider->getTimer(), 10, 1h);
  auto visit = newcomers.admit("host");
  auto session = visit->sign_in();
  visit = nullptr;
  session = nullptr;
  CHECK(newcomers.count() == 0);
  CHECK_FALSE(newcomers.make_room("nobody is left"));
}

}  // namespace tilework::master

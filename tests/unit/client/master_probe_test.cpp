// Whether a master that isn't in use can be reached.
#include "client/session/master_probe.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/support/fake_master.h"

using namespace tilework;
using namespace std::chrono_literals;

namespace {

std::optional<MasterAnswer> answer_of(const transport::Endpoint& master) {
  std::atomic<int> answered = 0;
  client::MasterProbe probe(master, [&answered] { ++answered; });
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < end) {
    if (auto answer = probe.take()) {
      CHECK_FALSE(probe.take().has_value());
      return answer;
    }
    std::this_thread::sleep_for(2ms);
  }
  return {};
}

}  // namespace

TEST_CASE("a master that serves is reachable, one that hangs up or isn't there is not, with the reason") {
  transport::Endpoint gone;
  {
    test::FakeMaster master({});
    const auto answer = answer_of(master.endpoint());
    REQUIRE(answer.has_value());
    CHECK(answer->is_reachable);
    CHECK(answer->time < 20s);
    gone = master.endpoint();
    master.greet(test::FakeBehaviour::Greeting::hangs_up);
    const auto refused = answer_of(master.endpoint());
    REQUIRE(refused.has_value());
    CHECK_FALSE(refused->is_reachable);
    CHECK_FALSE(refused->why.empty());
  }
  const auto answer = answer_of(gone);
  REQUIRE(answer.has_value());
  CHECK_FALSE(answer->is_reachable);
  CHECK_THAT(answer->why, Catch::Contains("nobody answers"));
}

// What a host may say of a recipe's filters.
#include "server/master/jobs/planning.h"

#include <functional>

#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "schema/model/error.h"

namespace tilework::master {
namespace {

constexpr PixelFormat colour{Depth::u8, 3}, gray{Depth::u8, 1};

// A local filter, a global one and a detector.
BoundRecipe recipe_of_three() {
  BoundRecipe recipe;
  for (const auto kind : {FilterKind::local, FilterKind::global, FilterKind::detector}) {
    FilterDescription filter;
    filter.name = to_text(kind);
    filter.kind = kind;
    recipe.calls.push_back({filter.name, "digest", {}, "1.0.0"});
    recipe.plugins.push_back(std::make_shared<PluginVersion>(
        PluginVersion{{"file", "digest", {filter}}, {}, kj::origin<kj::TimePoint>()}));
  }
  return recipe;
}

std::vector<engine::Step> steps_of_three() {
  return {{false, {}, colour, gray}, {true, {}, gray, gray}, {false, {}, gray, gray}};
}

}  // namespace

TEST_CASE("steps that fit the recipe and each other are taken") {
  CHECK_NOTHROW(check_steps(steps_of_three(), recipe_of_three(), colour));
}

TEST_CASE("a host that says nonsense of filters fails the plan with their names") {
  const std::vector<std::function<void(std::vector<engine::Step>&)>> lies{
      [](auto& steps) { steps.pop_back(); },          [](auto& steps) { steps.push_back(steps.back()); },
      [](auto& steps) { steps[0].is_global = true; }, [](auto& steps) { steps[1].is_global = false; },
      [](auto& steps) { steps[0].input = gray; },     [](auto& steps) { steps[1].input = colour; },
      [](auto& steps) { steps[2].output = colour; },
  };
  for (const auto& lie : lies) {
    auto steps = steps_of_three();
    lie(steps);
    CHECK_THROWS_WITH(check_steps(steps, recipe_of_three(), colour),
                      Catch::Contains("local 1.0.0 + global 1.0.0 + detector 1.0.0"));
  }
}

TEST_CASE("a tenant with a name without end is refused") {
  capnp::MallocMessageBuilder message;
  auto stage = message.initRoot<rpc::Stage>();
  stage.initImage().setWidth(1);
  stage.getImage().setHeight(1);
  stage.initTile().setWidth(1);
  stage.getTile().setHeight(1);
  stage.initInput().setChannels(3);
  stage.setTenant(std::string(128, 'a'));
  CHECK(wire::read(stage.asReader()).tenant == std::string(128, 'a'));
  stage.setTenant(std::string(129, 'a'));
  CHECK_THROWS_AS(wire::read(stage.asReader()), UserError);
}

}  // namespace tilework::master

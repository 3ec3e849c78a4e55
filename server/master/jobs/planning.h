// The parts of a plan that are plugins' code, and so run in a filter host: what filters read and return, and
// how stats are joined. On the event loop's thread. All fails with tilework::Error in KJ's clothes, which
// names the filters where a host ended.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <kj/timer.h>

#include "schema/wire/stage.h"
#include "server/host/host_pool.h"
#include "server/master/jobs/pass.h"
#include "server/master/jobs/steps_cache.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

// What is needed; all of it outlives the promises.
struct Planning {
  host::HostPool& hosts;
  kj::Timer& timer;
  StepsCache& known;
};

// Throws UserError for a recipe of more filters than that.
void check_length(const Recipe& recipe, unsigned most);

// Throws tilework::Error unless these can be what the recipe's filters read and return of such images.
void check_steps(const std::vector<engine::Step>& steps, const BoundRecipe& recipe, PixelFormat input);

// The recipe's steps for images of the format `input`; what is known isn't asked again. The recipe outlives
// the promise.
kj::Promise<std::vector<engine::Step>> describe_steps(Planning with, const BoundRecipe& recipe,
                                                      PixelFormat input);

// Throws UserError when tiles of the plan's size make segments that are too large for messages and workers.
void check_segments(const engine::Plan& plan);

// The finished stats of the stage's pass, which analyses. `run` runs it with this output. The recipe and the
// stage outlive the promise.
kj::Promise<std::vector<std::byte>> merged_stats(Planning with, const BoundRecipe& recipe,
                                                 const wire::Stage& stage,
                                                 std::function<kj::Promise<void>(Pass::Output)> run);

// For the scheduler, which keeps filters from workers that fail with them.
std::vector<std::string> scheduled_names(const BoundRecipe& recipe);

}  // namespace tilework::master

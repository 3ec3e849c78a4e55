#include "server/master/planning.h"

#include <algorithm>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"

namespace tilework::master {
namespace {

// The largest segment or tile: what a message, a worker and a filter host have to hold several times.
constexpr std::int64_t segment_limit = 64 << 20;  // bytes

// How long a plugin may take to join stats, those that wait before it included, before its host is ended.
constexpr auto merge_limit = 120 * kj::SECONDS;

// The libraries of a recipe's calls, for a host's request.
void write_paths(capnp::List<capnp::Text>::Builder to, const BoundRecipe& recipe) {
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, recipe.plugins[i]->path.string());
}

constexpr auto planning_limit = 20 * kj::SECONDS;

// Fails with `error` or, where that says that the host was late or is gone, with `what` and how it ended. The
// lease stays with its owner.
kj::Promise<void> end_host(host::HostLease& lease, kj::Exception&& error, kj::Duration limit,
                           std::string what) {
  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
  if (!late && error.getType() != kj::Exception::Type::DISCONNECTED) {
    kj::throwFatalException(kj::mv(error));
  }
  return lease.process().end().then([late, limit, what = std::move(what)](std::string&& how) {
    if (late) how = "it took longer than " + std::to_string(limit / kj::SECONDS) + " s";
    kj::throwFatalException(transport::to_kj(Error(Fault::failed, what + ": " + how)));
  });
}

// The stats of a global filter, joined in a filter host: merging is the plugin's code. A failure ends the
// host.
struct Merging {
  host::HostLease lease;
  rpc::Chain::Client chain;
};

}  // namespace

void check_length(const Recipe& recipe, unsigned most) {
  if (recipe.size() > most) {
    throw UserError("the recipe has " + std::to_string(recipe.size()) + " filters; this master takes up to " +
                    std::to_string(most));
  }
}

kj::Promise<std::vector<engine::Step>> describe_steps(Planning with, const BoundRecipe& recipe,
                                                      PixelFormat input) {
  if (auto known = with.known.find(recipe.calls, input)) return *std::move(known);
  return with.hosts.acquire(host::versions_of(recipe.calls))
      .then([with, &recipe, input](host::HostLease lease) {
        auto held = kj::heap<host::HostLease>(std::move(lease));
        auto& host = *held;
        auto request = host.process().client().describeRequest();
        wire::write_list(request.initCalls(static_cast<unsigned>(recipe.calls.size())), recipe.calls);
        write_paths(request.initPaths(static_cast<unsigned>(recipe.calls.size())), recipe);
        wire::write(request.initInput(), input);
        return with.timer.timeoutAfter(planning_limit, request.send())
            .then(
                [with, &host, &recipe, input](auto&& answer) -> kj::Promise<std::vector<engine::Step>> {
                  host.give_back();
                  return transport::method([&] {
                    auto steps = wire::read(answer.getSteps());
                    with.known.add(recipe.calls, input, steps);
                    return steps;
                  });
                },
                [&host, &recipe](kj::Exception&& error) -> kj::Promise<std::vector<engine::Step>> {
                  return end_host(host, kj::mv(error), planning_limit,
                                  wire::names_of(recipe.calls) + " failed while the job was planned")
                      .then([]() -> std::vector<engine::Step> { KJ_UNREACHABLE; });
                })
            .attach(kj::mv(held));
      });
}

void check_segments(const engine::Plan& plan) {
  const engine::TileGrid grid(plan.image, plan.tile);
  const cv::Rect middle =
      grid.tile(std::int64_t{grid.rows() / 2} * grid.columns() + grid.columns() / 2);  // cut on all sides
  std::int64_t most = engine::area(middle.size()) * plan.output.bytes();
  for (const auto& pass : plan.passes) {
    for (const auto& region : engine::regions(plan, pass, middle)) {
      most = std::max(most, engine::area(region.size()) * plan.input.bytes());
    }
  }
  if (most > segment_limit) {
    throw UserError("a tile of " + std::to_string(plan.tile.width) + "x" + std::to_string(plan.tile.height) +
                    " makes segments larger than 64 MiB with this recipe; choose a smaller one with --tile");
  }
}

kj::Promise<std::vector<std::byte>> merged_stats(Planning with, const BoundRecipe& recipe,
                                                 const wire::Stage& stage,
                                                 std::function<kj::Promise<void>(Pass::Output)> run) {
  return with.hosts.acquire(host::versions_of(recipe.calls))
      .then([with, &recipe, &stage, run = std::move(run)](host::HostLease lease) {
        auto open = lease.process().client().openRequest();
        wire::write(open.initStage(), stage);
        write_paths(open.initPaths(static_cast<unsigned>(recipe.calls.size())), recipe);
        auto merging = kj::heap<Merging>(Merging{std::move(lease), open.send().getChain()});
        auto& state = *merging;
        auto merge = [with, &state](capnp::Data::Reader stats) {
          auto request = state.chain.mergeRequest();
          request.setStats(stats);
          return with.timer.timeoutAfter(merge_limit, request.send()).ignoreResult();
        };
        return run({{}, merge})
            .then([with, &state] {
              return with.timer.timeoutAfter(merge_limit, state.chain.finishRequest().send());
            })
            .then(
                [&state](auto&& answer) -> kj::Promise<std::vector<std::byte>> {
                  state.lease.give_back();
                  return wire::bytes(answer.getStats());
                },
                [&state, &recipe, &stage](kj::Exception&& error) -> kj::Promise<std::vector<std::byte>> {
                  const auto& filter = recipe.calls[stage.plan.passes[stage.pass].applied];
                  return end_host(state.lease, kj::mv(error), merge_limit,
                                  wire::names_of({&filter, 1}) + " failed while its stats were merged")
                      .then([]() -> std::vector<std::byte> { KJ_UNREACHABLE; });
                })
            .attach(kj::mv(merging));
      });
}

std::vector<std::string> scheduled_names(const BoundRecipe& recipe) {
  std::vector<std::string> names;
  for (const auto& call : recipe.calls) names.push_back(call.filter + "@" + call.digest);
  return names;
}

}  // namespace tilework::master

#include "server/master/jobs/planning.h"

#include <algorithm>
#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "server/host/process/host_answer.h"

namespace tilework::master {
namespace {

// The largest segment or tile: what a message, a worker and a filter host have to hold several times.
constexpr std::int64_t segment_limit = 64 << 20;  // bytes

// How long a plugin may take to join stats, those that wait before it included, before its host is ended.
constexpr auto merge_limit = 120 * kj::SECONDS;

// The libraries of a recipe's calls.
kj::Promise<void> share_libraries(host::HostProcess& process, const BoundRecipe& recipe) {
  kj::Vector<kj::Promise<void>> shared;
  for (const auto& plugin : recipe.plugins) {
    shared.add(process.files().share(plugin->description.digest, plugin->path));
  }
  return kj::joinPromises(shared.releaseAsArray());
}

constexpr auto planning_limit = 20 * kj::SECONDS;

// Whether it says which of the recipe's filters it is about.
bool is_by_name(const Error& error, const BoundRecipe& recipe) {
  return std::ranges::any_of(recipe.calls, [text = std::string(error.what())](const wire::BoundCall& call) {
    return text.find(call.filter) != std::string::npos;
  });
}

// Fails with `error` or, where that doesn't tell of a filter of the recipe, with `what` and that, or how the
// host ended. The lease stays with its owner.
kj::Promise<void> end_host(host::HostLease& lease, kj::Exception&& error, kj::Duration limit,
                           const BoundRecipe& recipe, std::string what) {
  const bool late = host::is_late(error);
  if (!late && error.getType() != kj::Exception::Type::DISCONNECTED) {
    if (!transport::is_answer(error) && !host::makes_no_sense(error)) kj::throwFatalException(kj::mv(error));
    const Error fault = host::fault_of_host(lease.process().pid(), error);
    if (is_by_name(fault, recipe)) kj::throwFatalException(transport::to_kj(fault));
    kj::throwFatalException(transport::to_kj(Error(Fault::failed, what + ": " + fault.what())));
  }
  return lease.process().end().then([late, limit, what = std::move(what)](std::string&& how) {
    if (late) how = "it took longer than " + std::to_string(limit / kj::SECONDS) + " s";
    kj::throwFatalException(transport::to_kj(Error(Fault::failed, what + ": " + how)));
  });
}

// What the host says is checked here, where no plugin runs.
kj::Promise<std::vector<engine::Step>> ask_for_steps(host::HostProcess& process, const BoundRecipe& recipe,
                                                     PixelFormat input) {
  return share_libraries(process, recipe)
      .then([&process, &recipe, input] {
        auto request = process.client().describeRequest();
        wire::write_list(request.initCalls(static_cast<unsigned>(recipe.calls.size())), recipe.calls);
        wire::write(request.initInput(), input);
        return request.send();
      })
      .then([&recipe, input](auto&& answer) {
        return transport::method([&] {
          auto steps = wire::read(answer.getSteps());
          check_steps(steps, recipe, input);
          return steps;
        });
      });
}

// The stats of a global filter, joined in a filter host: merging is the plugin's code. A failure ends the
// host.
struct Merging {
  host::HostLease lease;
  rpc::Chain::Client chain = nullptr;
};

// Runs the pass, and joins what it gives.
kj::Promise<std::vector<std::byte>> merge_in(Merging& state, Planning with, const BoundRecipe& recipe,
                                             const wire::Stage& stage,
                                             const std::function<kj::Promise<void>(Pass::Output)>& run) {
  auto merge = [with, &state](capnp::Data::Reader stats) {
    auto request = state.chain.mergeRequest();
    request.setStats(stats);
    return with.timer.timeoutAfter(merge_limit, request.send()).ignoreResult();
  };
  // A host that ends meanwhile says nothing of the stats: merging them will fail, and tell how it ended.
  auto check = [with, &state](capnp::Data::Reader stats) {
    auto request = state.chain.checkRequest();
    request.setStats(stats);
    return with.timer.timeoutAfter(merge_limit, request.send()).ignoreResult().catch_([](kj::Exception&& e) {
      if (e.getType() == kj::Exception::Type::FAILED) kj::throwFatalException(kj::mv(e));
    });
  };
  return share_libraries(state.lease.process(), recipe)
      .then([&state, &stage, run, merge, check] {
        auto open = state.lease.process().client().openRequest();
        wire::write(open.initStage(), stage);
        state.chain = open.send().getChain();
        return run({.stats = merge, .check = check});
      })
      .then(
          [with, &state] { return with.timer.timeoutAfter(merge_limit, state.chain.finishRequest().send()); })
      .then([](auto&& answer) {
        return transport::method([&] {
          if (answer.getStats().size() > engine::most_stats) {
            throw Error(Fault::failed, "the stats of the whole image are too large");
          }
          return wire::bytes(answer.getStats());
        });
      });
}

}  // namespace

void check_length(const Recipe& recipe, unsigned most) {
  if (recipe.size() > most) {
    throw UserError("the recipe has " + std::to_string(recipe.size()) + " filters; this master takes up to " +
                    std::to_string(most));
  }
}

void check_steps(const std::vector<engine::Step>& steps, const BoundRecipe& recipe, PixelFormat input) {
  const auto nonsense = [&](const char* what) {
    throw Error(Fault::failed,
                wire::names_of(recipe.calls) + " said nonsense when the job was planned: " + what);
  };
  if (steps.size() != recipe.calls.size()) nonsense("another number of filters");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto kind = recipe.description(i).kind;
    if (steps[i].is_global != (kind == FilterKind::global)) nonsense("a filter of another kind");
    if (steps[i].input != std::exchange(input, steps[i].output)) nonsense("pixels that don't fit together");
    if (kind == FilterKind::detector && steps[i].input != steps[i].output) nonsense("a detector's pixels");
  }
}

kj::Promise<std::vector<engine::Step>> describe_steps(Planning with, const BoundRecipe& recipe,
                                                      PixelFormat input) {
  if (auto known = with.known.find(recipe.calls, input)) return *std::move(known);
  auto group = with.hosts.group(host::key_of("describe", recipe.calls), host::Stay::for_more);
  return with.hosts.acquire(std::move(group)).then([with, &recipe, input](host::HostLease lease) {
    auto held = kj::heap<host::HostLease>(std::move(lease));
    auto& host = *held;
    host.process().name_filters(wire::names_of(recipe.calls));
    return with.timer.timeoutAfter(planning_limit, ask_for_steps(host.process(), recipe, input))
        .then(
            [with, &host, &recipe,
             input](std::vector<engine::Step>&& steps) -> kj::Promise<std::vector<engine::Step>> {
              host.give_back();
              with.known.add(recipe.calls, input, steps);
              return std::move(steps);
            },
            [&host, &recipe](kj::Exception&& error) -> kj::Promise<std::vector<engine::Step>> {
              return end_host(host, kj::mv(error), planning_limit, recipe,
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
  auto group = with.hosts.group(host::key_of(stage.tenant, recipe.calls), host::Stay::for_this_work);
  return with.hosts.acquire(std::move(group))
      .then([with, &recipe, &stage, run = std::move(run)](host::HostLease lease) {
        auto merging = kj::heap<Merging>(Merging{std::move(lease)});
        auto& state = *merging;
        state.lease.process().name_filters(wire::names_of(recipe.calls));
        return merge_in(state, with, recipe, stage, run)
            .then(
                [&state](std::vector<std::byte>&& stats) -> kj::Promise<std::vector<std::byte>> {
                  state.lease.give_back();
                  return std::move(stats);
                },
                [&state, &recipe, &stage](kj::Exception&& error) -> kj::Promise<std::vector<std::byte>> {
                  const auto& filter = recipe.calls[stage.plan.passes[stage.pass].applied];
                  return end_host(state.lease, kj::mv(error), merge_limit, recipe,
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

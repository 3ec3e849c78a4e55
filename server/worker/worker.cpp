#include "server/worker/worker.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "schema/model/clean_text.h"
#include "schema/transport/errors.h"
#include "schema/wire/stage.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"
#include "server/worker/membership.h"

namespace tilework::worker {
namespace {

// Of filters that left threads behind: their names are told once each.
constexpr std::size_t most_told = 1000;

// The paths of all, in their order. One that can't be had is an empty path or, if `strict`, fails the whole.
kj::Promise<std::vector<std::string>> get_all(PluginCache& plugins, std::vector<std::string> digests,
                                              rpc::PluginSource::Client source, bool strict) {
  kj::Vector<kj::Promise<std::string>> paths;
  for (const auto& digest : digests) {
    auto path = plugins.get(digest, source);
    if (!strict) {
      path = path.catch_([](kj::Exception&& error) {
        spdlog::warn("plugin not available reason={}", in_quotes(transport::from_kj(error).what()));
        return std::string();
      });
    }
    paths.add(kj::mv(path));
  }
  return kj::joinPromises(paths.releaseAsArray()).then([](kj::Array<std::string>&& all) {
    return std::vector<std::string>(all.begin(), all.end());
  });
}

// After a large image, its hosts have nothing more to do.
host::Stay stay_of(const wire::Stage& stage) {
  const bool is_preview = stage.job.empty();
  const bool is_small = engine::area(stage.plan.image) <= engine::small_image;
  return is_preview || is_small ? host::Stay::for_more : host::Stay::for_this_work;
}

}  // namespace

class WorkerNode::Service final : public rpc::Worker::Server {
 public:
  Service(WorkerNode& node, unsigned master, std::string tenants, std::shared_ptr<MasterLink> link)
      : node_(node), master_(master), tenants_(std::move(tenants)), link_(std::move(link)) {}

 protected:
  kj::Promise<void> open(OpenContext context) override {
    context.allowCancellation();
    return transport::method([&]() -> kj::Promise<void> {
      auto stage = wire::read(context.getParams().getStage());
      auto source = context.getParams().getPlugins();
      context.releaseParams();
      return node_.open(std::move(stage), tenants_, kj::mv(source), link_)
          .then([context](auto&& runner) mutable { context.getResults().setRunner(kj::mv(runner)); });
    });
  }

  kj::Promise<void> announce(AnnounceContext context) override {
    context.allowCancellation();
    std::vector<std::string> digests;
    for (const auto digest : context.getParams().getDigests()) digests.push_back(wire::text(digest));
    node_.announced(master_, {digests.begin(), digests.end()});
    return get_all(node_.plugins_, digests, context.getParams().getPlugins(), false)
        .then([digests, context](std::vector<std::string>&& paths) mutable {
          std::vector<std::string> present;
          for (std::size_t i = 0; i < digests.size(); ++i) {
            if (!paths[i].empty()) present.push_back(digests[i]);
          }
          auto list = context.getResults().initPresent(static_cast<unsigned>(present.size()));
          for (unsigned i = 0; i < list.size(); ++i) list.set(i, present[i]);
        });
  }

 private:
  WorkerNode& node_;
  unsigned master_;
  const std::string tenants_;  // before their names: those of other masters have the same ones
  std::shared_ptr<MasterLink> link_;
};

WorkerNode::WorkerNode(kj::AsyncIoContext& io, const WorkerOptions& options)
    : timer_(io.provider->getTimer()),
      limit_(options.time_limit),
      plugins_(options.plugins, std::filesystem::path(options.state) / "worker-plugins"),
      pool_(*io.lowLevelProvider, options.filter_host,
            {.leased = options.slots, .unused = options.slots + 1}) {
  pool_.warm_up();
}

rpc::Worker::Client WorkerNode::serve(unsigned master, std::shared_ptr<MasterLink> link) {
  return kj::heap<Service>(*this, master, std::to_string(++links_) + "/", std::move(link));
}

kj::Promise<rpc::StageRunner::Client> WorkerNode::open(wire::Stage stage, const std::string& tenants,
                                                       rpc::PluginSource::Client source,
                                                       std::shared_ptr<MasterLink> link) {
  std::vector<std::string> digests;
  for (const auto& call : stage.calls) digests.push_back(call.digest);
  auto group = pool_.group(host::key_of(tenants + stage.tenant, stage.calls), stay_of(stage));
  auto held = hold(digests).attach(host::use(group));
  return get_all(plugins_, std::move(digests), kj::mv(source), true)
      .then([this, stage = std::move(stage), link = std::move(link), group = std::move(group),
             held = kj::mv(held)](std::vector<std::string>&& paths) mutable -> rpc::StageRunner::Client {
        const auto tell = [this](const std::string& filters) { tell_of_threads(filters); };
        return kj::heap<StageRunner>(
            StageRunner::Context{pool_, timer_, limit_, std::move(link), std::move(group), tell},
            std::move(stage), std::move(paths), kj::mv(held));
      });
}

kj::Promise<void> WorkerNode::report_isolation() {
  auto& host = pool_.unused();
  return host.client().isolationRequest().send().then(
      [](auto&& answer) { spdlog::info("isolation {}", wire::text(answer.getInForce())); });
}

// Their results are right, and late: each segment costs a host.
void WorkerNode::tell_of_threads(const std::string& filters) {
  if (told_.size() >= most_told || !told_.insert(filters).second) return;
  spdlog::warn("threads left behind, so hosts can't be used again filters=\"{}\"", filters);
}

void WorkerNode::announced(unsigned master, std::set<std::string> digests) {
  announced_[master] = std::move(digests);
  auto wanted = this->wanted();
  plugins_.prune(wanted);
  renew_hosts(std::move(wanted));
}

kj::Own<void> WorkerNode::hold(const std::vector<std::string>& digests) {
  held_.insert(digests.begin(), digests.end());
  pool_.retire(wanted());  // from now on, hosts that have loaded these are kept
  return kj::heap(kj::defer([this, digests] {
    for (const auto& digest : digests) held_.erase(held_.find(digest));
    auto wanted = this->wanted();
    if (!std::ranges::all_of(digests, [&](const auto& digest) { return wanted.contains(digest); })) {
      renew_hosts(std::move(wanted));
    }
  }));
}

std::set<std::string> WorkerNode::wanted() const {
  std::set<std::string> wanted(held_.begin(), held_.end());
  for (const auto& [master, digests] : announced_) wanted.insert(digests.begin(), digests.end());
  return wanted;
}

void WorkerNode::renew_hosts(std::set<std::string> wanted) {
  pool_.retire(std::move(wanted));
  try {
    pool_.warm_up();
  } catch (const Error& error) {
    spdlog::warn("filter hosts not started ahead reason=\"{}\"", error.what());
  }
}

kj::Promise<void> run_worker(kj::AsyncIoContext& io, const WorkerOptions& options, Departure& departure) {
  auto threads = kj::heap<transport::WorkThreads>(pixel_codec::packing_threads());
  auto node = kj::heap<WorkerNode>(io, options);
  kj::Vector<kj::Promise<void>> memberships;
  memberships.add(node->report_isolation().eagerlyEvaluate([](kj::Exception&& error) {
    spdlog::warn("isolation not known reason=\"{}\"", transport::from_kj(error).what());
  }));
  for (unsigned i = 0; i < options.masters.size(); ++i) {
    memberships.add(stay_joined(*io.provider, options.masters[i], options, *threads, departure,
                                [&node = *node, i](auto link) { return node.serve(i, std::move(link)); }));
  }
  return kj::joinPromises(memberships.releaseAsArray()).attach(kj::mv(node), kj::mv(threads));
}

}  // namespace tilework::worker

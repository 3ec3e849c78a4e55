#include "server/master/sessions/admin_service.h"

#include <algorithm>
#include <utility>

#include "schema/model/clean_text.h"
#include "schema/model/version.h"
#include "schema/transport/errors.h"
#include "schema/transport/machine.h"
#include "schema/wire/admin.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"
#include "server/master/jobs/job_run.h"

namespace tilework::master {
namespace {

using transport::method;

// Lines are written on several threads, and seldom followed: a look now and then does instead of a wake-up.
constexpr auto look_interval = 100 * kj::MILLISECONDS;

class AdminServer final : public rpc::Admin::Server {
 public:
  AdminServer(MasterState& state, std::string peer) : state_(state), peer_(std::move(peer)) {}

 protected:
  kj::Promise<void> overview(OverviewContext context) override {
    wire::write(context.getResults().initOverview(), overview());
    return kj::READY_NOW;
  }

  kj::Promise<void> workers(WorkersContext context) override {
    const auto workers = state_.dispatcher.workers_in_detail();
    wire::write_list(context.getResults().initWorkers(static_cast<unsigned>(workers.size())), workers);
    const auto left = state_.dispatcher.departed_workers();
    wire::write_list(context.getResults().initLeft(static_cast<unsigned>(left.size())), left);
    return kj::READY_NOW;
  }

  kj::Promise<void> plugins(PluginsContext context) override {
    const auto plugins = state_.plugins.in_use();
    auto list = context.getResults().initPlugins(static_cast<unsigned>(plugins.size()));
    for (unsigned i = 0; i < list.size(); ++i) wire::write(list[i], details(plugins[i]));
    const auto refused = state_.plugins.refused();
    wire::write_list(context.getResults().initRefused(static_cast<unsigned>(refused.size())), refused);
    return kj::READY_NOW;
  }

  kj::Promise<void> installPlugin(InstallPluginContext context) override {
    return method([&]() -> kj::Promise<void> {
      const std::string file = wire::text(context.getParams().getFile());
      auto sink = state_.plugin_admin.install(file, context.getParams().getSize());
      spdlog::info("administrator installs plugin file={} peer={}", log_value(file), peer_);
      context.getResults().setSink(kj::mv(sink));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> withdrawPlugin(WithdrawPluginContext context) override {
    const std::string name = wire::text(context.getParams().getName());
    spdlog::info("administrator withdraws plugin name={} peer={}", in_quotes(name), peer_);
    return state_.plugin_admin.withdraw(name).then(
        [context](std::string&& file) mutable { context.getResults().setFile(file); });
  }

  kj::Promise<void> rollbackPlugin(RollbackPluginContext context) override {
    const std::string name = wire::text(context.getParams().getName());
    spdlog::info("administrator rolls back plugin name={} peer={}", in_quotes(name), peer_);
    return state_.plugin_admin.rollback(name).then([context](PluginHandle&& plugin) mutable {
      context.getResults().setFile(plugin->description.file);
      context.getResults().setDigest(plugin->description.digest);
    });
  }

  kj::Promise<void> retryPlugin(RetryPluginContext context) override {
    const std::string name = wire::text(context.getParams().getName());
    spdlog::info("administrator lets plugin out of quarantine name={} peer={}", in_quotes(name), peer_);
    return state_.plugin_admin.retry(name).then(
        [context](std::string&& file) mutable { context.getResults().setFile(file); });
  }

  kj::Promise<void> jobs(JobsContext context) override {
    const auto jobs = state_.jobs.list(state_.environment.timer.now());
    wire::write_list(context.getResults().initJobs(static_cast<unsigned>(jobs.size())), jobs);
    return kj::READY_NOW;
  }

  kj::Promise<void> clients(ClientsContext context) override {
    const auto clients = state_.clients.list();
    wire::write_list(context.getResults().initClients(static_cast<unsigned>(clients.size())), clients);
    return kj::READY_NOW;
  }

  kj::Promise<void> endClient(EndClientContext context) override {
    return method([&]() -> kj::Promise<void> {
      ConnectedClient& client = state_.clients.get(wire::text(context.getParams().getClient()));
      const ClientDetails details = client.details();
      spdlog::info("administrator ends client={} client_id={} peer={}", in_quotes(name_of(details.info)),
                   details.id, peer_);
      context.getResults().setClient(name_of(details.info));
      client.end("an administrator ended this session");
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> logs(LogsContext context) override {
    context.allowCancellation();
    return next_lines(context);
  }

  kj::Promise<void> drain(DrainContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto params = context.getParams();
      const std::string worker = wire::text(params.getWorker());
      spdlog::info("administrator {} worker={} peer={}", params.getDraining() ? "drains" : "takes back",
                   in_quotes(worker), peer_);
      context.getResults().setWorkers(state_.dispatcher.set_draining(worker, params.getDraining()));
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> cancel(CancelContext context) override {
    return method([&]() -> kj::Promise<void> {
      JobRun& job = state_.jobs.get(wire::text(context.getParams().getJob()));
      spdlog::info("administrator cancels job={} peer={}", job.id(), peer_);
      context.getResults().setJob(job.id());
      job.cancel("an administrator cancelled the job");
      return kj::READY_NOW;
    });
  }

 private:
  PluginDetails details(const PluginHandle& plugin) const {
    const auto& description = plugin->description;
    const auto current = state_.plugins.current(description.file);
    PluginDetails details;
    details.plugin = description;
    details.workers = state_.dispatcher.workers_with(description.digest);
    details.jobs = state_.jobs.using_plugin(description.digest);
    details.state = !current            ? PluginState::withdrawn
                    : current == plugin ? PluginState::current
                                        : PluginState::replaced;
    details.age = std::chrono::seconds((state_.environment.timer.now() - plugin->loaded) / kj::SECONDS);
    details.has_earlier = state_.plugins.history().earlier(description.file, current != nullptr).has_value();
    return details;
  }

  MasterOverview overview() const {
    MasterOverview overview;
    overview.version = version;
    overview.epoch = state_.epoch;
    overview.up_time = std::chrono::seconds((state_.environment.timer.now() - state_.started) / kj::SECONDS);
    overview.address = state_.options.address;
    overview.plugin_folder = state_.options.plugins;
    for (const auto& worker : state_.dispatcher.workers_in_detail()) {
      ++overview.workers;
      overview.slots += worker.slots;
      overview.busy_slots += worker.busy_slots;
    }
    overview.clients = static_cast<std::uint32_t>(state_.clients.size());
    for (const auto& job : state_.jobs.list(state_.environment.timer.now())) {
      overview.jobs_running += job.state == JobState::running ? 1 : 0;
      overview.jobs_waiting += job.state == JobState::queued || job.state == JobState::waiting ? 1 : 0;
    }
    describe_machine(overview);
    for (const auto& plugin : state_.plugins.current()) {
      overview.filters += static_cast<std::uint32_t>(plugin->description.filters.size());
    }
    return overview;
  }

  void describe_machine(MasterOverview& overview) const {
    overview.host = transport::host_name();
    overview.spool = state_.options.spool;
    overview.spool_free_bytes = transport::free_bytes(overview.spool);
    const auto [open, limit] = transport::descriptor_use();
    overview.descriptors = open;
    overview.descriptor_limit = limit;
  }

  kj::Promise<void> next_lines(LogsContext context) {
    const auto params = context.getParams();
    const auto lines = state_.log.after(params.getAfter(), std::max(1u, params.getMost()));
    if (lines.empty()) {
      return state_.environment.timer.afterDelay(look_interval).then([this, context] {
        return next_lines(context);
      });
    }
    wire::write_list(context.getResults().initLines(static_cast<unsigned>(lines.size())), lines);
    return kj::READY_NOW;
  }

  MasterState& state_;
  std::string peer_;
};

}  // namespace

rpc::Admin::Client make_admin(MasterState& state, std::string peer, kj::Own<void> signed_in) {
  return kj::heap<AdminServer>(state, std::move(peer)).attach(kj::mv(signed_in));
}

}  // namespace tilework::master

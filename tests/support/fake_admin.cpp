#include "tests/support/fake_admin.h"

#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/admin.h"
#include "schema/wire/list.h"
#include "schema/wire/recipe.h"

namespace tilework::test {
namespace {

class Sink final : public rpc::BlobSink::Server {
 public:
  Sink(std::string file, std::uint64_t announced, std::function<void(std::string)> note)
      : file_(std::move(file)), announced_(announced), note_(std::move(note)) {}

 protected:
  kj::Promise<void> write(WriteContext context) override {
    came_ += context.getParams().getBytes().size();
    return kj::READY_NOW;
  }
  kj::Promise<void> done(DoneContext) override {
    note_("install " + file_ + ", " + std::to_string(came_) + " of " + std::to_string(announced_) + " bytes");
    return kj::READY_NOW;
  }

 private:
  std::string file_;
  std::uint64_t announced_;
  std::uint64_t came_ = 0;
  std::function<void(std::string)> note_;
};

class Admin final : public rpc::Admin::Server {
 public:
  Admin(const FakeAdmin& behaviour, std::function<void(std::string)> note)
      : behaviour_(behaviour), note_(std::move(note)) {}

 protected:
  kj::Promise<void> overview(OverviewContext context) override {
    if (behaviour_.is_frozen) return kj::NEVER_DONE;
    wire::write(context.getResults().initOverview(), behaviour_.overview);
    return kj::READY_NOW;
  }
  kj::Promise<void> workers(WorkersContext context) override {
    const auto& [workers, left] = behaviour_.workers;
    wire::write_list(context.getResults().initWorkers(static_cast<unsigned>(workers.size())), workers);
    wire::write_list(context.getResults().initLeft(static_cast<unsigned>(left.size())), left);
    return kj::READY_NOW;
  }
  kj::Promise<void> plugins(PluginsContext context) override {
    const auto& [plugins, refused] = behaviour_.plugins;
    wire::write_list(context.getResults().initPlugins(static_cast<unsigned>(plugins.size())), plugins);
    wire::write_list(context.getResults().initRefused(static_cast<unsigned>(refused.size())), refused);
    return kj::READY_NOW;
  }
  kj::Promise<void> jobs(JobsContext context) override {
    const auto& list = behaviour_.jobs;
    wire::write_list(context.getResults().initJobs(static_cast<unsigned>(list.size())), list);
    return kj::READY_NOW;
  }
  kj::Promise<void> clients(ClientsContext context) override {
    const auto& list = behaviour_.clients;
    wire::write_list(context.getResults().initClients(static_cast<unsigned>(list.size())), list);
    return kj::READY_NOW;
  }
  kj::Promise<void> logs(LogsContext context) override {
    std::vector<LogLine> lines;
    for (const auto& line : behaviour_.log) {
      if (line.number > context.getParams().getAfter()) lines.push_back(line);
    }
    context.allowCancellation();
    if (lines.empty()) return kj::NEVER_DONE;
    wire::write_list(context.getResults().initLines(static_cast<unsigned>(lines.size())), lines);
    return kj::READY_NOW;
  }
  kj::Promise<void> drain(DrainContext context) override {
    const auto params = context.getParams();
    act(std::string(params.getDraining() ? "drain " : "undrain ") + params.getWorker().cStr());
    context.getResults().setWorkers(1);
    return kj::READY_NOW;
  }
  kj::Promise<void> cancel(CancelContext context) override {
    const std::string job = context.getParams().getJob();
    act("cancel " + job);
    context.getResults().setJob(job + "-and-more");
    return kj::READY_NOW;
  }
  kj::Promise<void> endClient(EndClientContext context) override {
    const std::string client = context.getParams().getClient();
    act("end client " + client);
    context.getResults().setClient(client + "@lab");
    return kj::READY_NOW;
  }
  kj::Promise<void> installPlugin(InstallPluginContext context) override {
    const auto params = context.getParams();
    refuse();
    context.getResults().setSink(kj::heap<Sink>(params.getFile(), params.getSize(), note_));
    return kj::READY_NOW;
  }
  kj::Promise<void> withdrawPlugin(WithdrawPluginContext context) override {
    const std::string name = context.getParams().getName();
    act("withdraw " + name);
    context.getResults().setFile(name + ".so");
    return kj::READY_NOW;
  }
  kj::Promise<void> rollbackPlugin(RollbackPluginContext context) override {
    const std::string name = context.getParams().getName();
    act("rollback " + name);
    context.getResults().setFile(name + ".so");
    context.getResults().setDigest("0123456789abcdef");
    return kj::READY_NOW;
  }

 private:
  void refuse() {
    if (behaviour_.refusal) kj::throwFatalException(transport::to_kj(*behaviour_.refusal));
  }
  void act(std::string what) {
    refuse();
    note_(std::move(what));
  }

  const FakeAdmin& behaviour_;
  std::function<void(std::string)> note_;
};

}  // namespace

rpc::Admin::Client make_fake_admin(const FakeAdmin& behaviour, std::function<void(std::string)> note) {
  return kj::heap<Admin>(behaviour, std::move(note));
}

}  // namespace tilework::test

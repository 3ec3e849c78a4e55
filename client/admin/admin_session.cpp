#include "client/admin/admin_session.h"

#include <utility>

#include "client/admin/admin_core.h"
#include "client/admin/plugin_file.h"
#include "client/session/core_thread.h"
#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/admin.h"
#include "schema/wire/text.h"

namespace tilework::client {
namespace {

using Admin = rpc::Admin::Client;

// Sends the request, and reads its answer.
template <class Value, class Request, class Read>
kj::Promise<Value> ask(Request request, Read read) {
  return request.send().then([read](auto&& response) -> Value {
    return transport::method([&]() -> Value { return read(response); });
  });
}

}  // namespace

class AdminSession::Impl : public CoreThread<AdminCore> {
 public:
  Impl(std::vector<transport::Endpoint> masters, AdminOptions options)
      : CoreThread(
            [masters = std::move(masters), options = std::move(options)](kj::AsyncIoContext& io) mutable {
              return std::make_unique<AdminCore>(*io.provider, std::move(masters), std::move(options));
            }) {}

  template <class Value, class Send>
  std::future<Value> call(Send send, bool patient = false) {
    return ask<Value>([send = std::move(send), patient](AdminCore& core, auto answer) mutable {
      core.call(std::move(answer), std::move(send), patient);
    });
  }
};

AdminSession::AdminSession(std::vector<transport::Endpoint> masters, AdminOptions options)
    : impl_(std::make_unique<Impl>(std::move(masters), std::move(options))) {}

AdminSession::~AdminSession() = default;

std::future<MasterOverview> AdminSession::overview() {
  return impl_->call<MasterOverview>([](Admin& admin) {
    return ask<MasterOverview>(admin.overviewRequest(), [](auto& r) { return wire::read(r.getOverview()); });
  });
}

std::future<WorkerList> AdminSession::workers() {
  return impl_->call<WorkerList>([](Admin& admin) {
    return ask<WorkerList>(admin.workersRequest(),
                           [](rpc::Admin::WorkersResults::Reader r) { return wire::read(r); });
  });
}

std::future<PluginList> AdminSession::plugins() {
  return impl_->call<PluginList>([](Admin& admin) {
    return ask<PluginList>(admin.pluginsRequest(),
                           [](rpc::Admin::PluginsResults::Reader r) { return wire::read(r); });
  });
}

std::future<std::vector<JobSummary>> AdminSession::jobs() {
  return impl_->call<std::vector<JobSummary>>([](Admin& admin) {
    return ask<std::vector<JobSummary>>(admin.jobsRequest(), [](auto& r) { return wire::read(r.getJobs()); });
  });
}

std::future<std::vector<ClientDetails>> AdminSession::clients() {
  return impl_->call<std::vector<ClientDetails>>([](Admin& admin) {
    return ask<std::vector<ClientDetails>>(admin.clientsRequest(),
                                           [](auto& r) { return wire::read(r.getClients()); });
  });
}

std::future<std::vector<LogLine>> AdminSession::logs(std::uint64_t after, std::uint32_t most) {
  return impl_->call<std::vector<LogLine>>(
      [after, most](Admin& admin) {
        auto request = admin.logsRequest();
        request.setAfter(after);
        request.setMost(most);
        return ask<std::vector<LogLine>>(kj::mv(request), [](auto& r) { return wire::read(r.getLines()); });
      },
      true);
}

std::future<std::uint32_t> AdminSession::drain(const std::string& worker, bool draining) {
  return impl_->call<std::uint32_t>([worker, draining](Admin& admin) {
    auto request = admin.drainRequest();
    request.setWorker(worker);
    request.setDraining(draining);
    return ask<std::uint32_t>(kj::mv(request), [](auto& r) { return r.getWorkers(); });
  });
}

std::future<std::string> AdminSession::cancel(const std::string& job) {
  return impl_->call<std::string>([job](Admin& admin) {
    auto request = admin.cancelRequest();
    request.setJob(job);
    return ask<std::string>(kj::mv(request), [](auto& r) { return wire::text(r.getJob()); });
  });
}

std::future<std::string> AdminSession::end_client(const std::string& client) {
  return impl_->call<std::string>([client](Admin& admin) {
    auto request = admin.endClientRequest();
    request.setClient(client);
    return ask<std::string>(kj::mv(request), [](auto& r) { return wire::text(r.getClient()); });
  });
}

// A library travels, is validated in a process of its own, and is stored: no time limit fits them all.
std::future<std::string> AdminSession::install(const std::filesystem::path& library) {
  std::shared_ptr<PluginFile> file;
  try {
    file = std::make_shared<PluginFile>(open_plugin_file(library));
  } catch (const Error& error) {
    Answer<std::string> answer;
    answer.fail(error);
    return answer.future();
  }
  return impl_->call<std::string>(
      [file](Admin& admin) {
        auto request = admin.installPluginRequest();
        request.setFile(file->name);
        request.setSize(file->bytes);
        auto sent = transport::send_file(file->fd, file->bytes, request.send().getSink());
        return sent.then([file] { return file->name; });
      },
      true);
}

std::future<std::string> AdminSession::withdraw(const std::string& name) {
  return impl_->call<std::string>([name](Admin& admin) {
    auto request = admin.withdrawPluginRequest();
    request.setName(name);
    return ask<std::string>(kj::mv(request), [](auto& r) { return wire::text(r.getFile()); });
  });
}

std::future<PluginVersion> AdminSession::roll_back(const std::string& name) {
  return impl_->call<PluginVersion>(
      [name](Admin& admin) {
        auto request = admin.rollbackPluginRequest();
        request.setName(name);
        return ask<PluginVersion>(kj::mv(request), [](auto& r) {
          return PluginVersion{wire::text(r.getFile()), wire::text(r.getDigest())};
        });
      },
      true);
}

std::future<std::string> AdminSession::retry_plugin(const std::string& name) {
  return impl_->call<std::string>(
      [name](Admin& admin) {
        auto request = admin.retryPluginRequest();
        request.setName(name);
        return ask<std::string>(kj::mv(request), [](auto& r) { return wire::text(r.getFile()); });
      },
      true);
}

void AdminSession::cancel_all() {
  impl_->post([](AdminCore& core) { core.cancel_all(); });
}

}  // namespace tilework::client

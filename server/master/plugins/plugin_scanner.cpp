#include "server/master/plugins/plugin_scanner.h"

#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"
#include "server/engine/description.h"
#include "server/host/libraries/refusal.h"
#include "server/host/process/host_answer.h"

namespace tilework::master {
namespace {

// A thread that has been joined may be seen a little longer.
constexpr unsigned looks_at_threads = 20;
constexpr auto pause_between_looks = 25 * kj::MILLISECONDS;

}  // namespace

kj::Promise<Scanned> PluginScanner::scan(const std::string& file, const std::string& path,
                                         const std::string& digest) {
  auto group = pool_.group({"scan " + std::to_string(++scans_), {digest}}, host::Stay::for_this_work);
  return pool_.acquire(std::move(group))
      .then([this, file, path, digest](host::HostLease lease) {
        auto held = kj::heap<host::HostLease>(std::move(lease));
        held->process().name_filters(file);
        auto scanned = scan_in(*held, path, digest);
        return scanned.attach(kj::mv(held));
      })
      .catch_([](kj::Exception&& error) -> Scanned {
        return {{}, transport::from_kj(error).what()};
      });
}

// The lease is dropped in any case, which ends the host.
kj::Promise<Scanned> PluginScanner::scan_in(host::HostLease& lease, const std::string& path,
                                            const std::string& digest) {
  auto request = lease.process().client().scanRequest();
  request.setDigest(digest);
  auto answer = lease.process().files().share(digest, path).then([request = kj::mv(request)]() mutable {
    return request.send();
  });
  return timer_.timeoutAfter(limit_, kj::mv(answer))
      .then([this, &lease](Answer&& answer) { return take(lease.process(), kj::mv(answer)); })
      .catch_([this, &lease](kj::Exception&& error) { return refused(lease.process(), error); });
}

kj::Promise<Scanned> PluginScanner::take(host::HostProcess& process, Answer&& answer) {
  return keeps_threads(process, looks_at_threads).then([answer = kj::mv(answer)](bool keeps_threads) {
    return transport::method([&]() -> Scanned {
      if (keeps_threads) return {{}, host::left_threads};
      Scanned scanned{wire::read(answer.getFilters()), {}};
      scanned.refusal = engine::fault_of(scanned.filters);
      return scanned;
    });
  });
}

kj::Promise<bool> PluginScanner::keeps_threads(host::HostProcess& process, unsigned looks) {
  if (!process.has_threads()) return false;
  if (looks == 1) return true;
  return timer_.afterDelay(pause_between_looks).then([this, &process, looks] {
    return keeps_threads(process, looks - 1);
  });
}

kj::Promise<Scanned> PluginScanner::refused(host::HostProcess& process, const kj::Exception& error) {
  if (error.getType() == kj::Exception::Type::FAILED) {
    return Scanned{{}, host::fault_of_host(process.pid(), error).what()};
  }
  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
  return process.end().then([this, late](std::string&& how) -> Scanned {
    if (late) how = "loading it took longer than " + std::to_string(limit_ / kj::SECONDS) + " s";
    return {{}, late ? how : "while it was loaded: " + how};
  });
}

}  // namespace tilework::master

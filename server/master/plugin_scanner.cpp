#include "server/master/plugin_scanner.h"

#include <utility>

#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"

namespace tilework::master {

kj::Promise<Scanned> PluginScanner::scan(const std::string& path, const std::string& digest) {
  return pool_.acquire({{digest, digest}})
      .then([this, path, digest](host::HostLease lease) {
        auto held = kj::heap<host::HostLease>(std::move(lease));
        auto scanned = scan_in(*held, path, digest);
        return scanned.attach(kj::mv(held));
      })
      .then([this, path, digest](Attempt&& attempt) -> kj::Promise<Scanned> {
        if (!attempt.in_doubt) return kj::mv(attempt.scanned);
        rest();
        return scan(path, digest);
      })
      .catch_([](kj::Exception&& error) -> Scanned {
        return {{}, transport::from_kj(error).what()};
      });
}

kj::Promise<PluginScanner::Attempt> PluginScanner::scan_in(host::HostLease& lease, const std::string& path,
                                                           const std::string& digest) {
  auto request = lease.process().client().scanRequest();
  request.setPath(path);
  request.setDigest(digest);
  return timer_.timeoutAfter(limit_, request.send())
      .then(
          [&lease](auto&& answer) -> kj::Promise<Attempt> {
            lease.give_back();
            return transport::method([&]() -> Attempt { return {{wire::read(answer.getFilters()), {}}}; });
          },
          [this, &lease](kj::Exception&& error) -> kj::Promise<Attempt> {
            if (error.getType() == kj::Exception::Type::FAILED) {
              lease.give_back();
              return Attempt{{{}, transport::from_kj(error).what()}};
            }
            const bool in_doubt = !lease.is_first();
            const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
            return lease.process().end().then([this, in_doubt, late](std::string&& how) -> Attempt {
              if (late) how = "loading it took longer than " + std::to_string(limit_ / kj::SECONDS) + " s";
              return {{{}, late ? how : "while it was loaded: " + how}, in_doubt};
            });
          });
}

}  // namespace tilework::master

#include "server/worker/plugin_cache.h"

#include <chrono>
#include <memory>
#include <utility>

#include <fcntl.h>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "server/logging/log.h"

namespace tilework::worker {
namespace {

constexpr auto keep_unused = std::chrono::hours(1);
constexpr std::uint64_t room = 1ull << 30;  // bytes, for libraries that were not needed in that time

}  // namespace

std::optional<std::string> PluginCache::find(const std::string& digest) {
  if (auto stored = store_.find(digest)) return stored->string();
  // A file of the folder may be written over at any time: what runs is a copy of it.
  if (const auto file = folder_.find(digest)) {
    const kj::AutoCloseFd fd(::open(file->c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() >= 0 && store_.put(fd) == digest) return store_.find(digest)->string();
  }
  return std::nullopt;
}

kj::Promise<std::string> PluginCache::get(std::string digest, rpc::PluginSource::Client source) {
  return transport::method([&]() -> kj::Promise<std::string> {
    if (auto found = find(digest)) return std::move(*found);
    if (const auto under_way = fetching_.find(digest); under_way != fetching_.end()) {
      // Another master's, perhaps; if that one goes away, ours is asked.
      return under_way->second.addBranch()
          .catch_([](kj::Exception&&) {})
          .then([this, digest, source = kj::mv(source)]() mutable {
            return get(std::move(digest), kj::mv(source));
          });
    }
    auto fetched = fetch(digest, kj::mv(source)).fork();
    auto branch = fetched.addBranch();
    fetching_.emplace(digest, kj::mv(fetched));
    return branch.then([this, digest]() -> std::string {
      return transport::method([&] {
        auto found = find(digest);
        if (!found) throw Error(Fault::failed, "a plugin was lost right after it was fetched");
        return std::move(*found);
      });
    });
  });
}

kj::Promise<void> PluginCache::fetch(std::string digest, rpc::PluginSource::Client source) {
  using Found = capnp::Response<rpc::PluginSource::GetResults>;
  auto request = source.getRequest();
  request.setDigest(digest);
  return request.send()
      .then([](auto&& answer) { return kj::mv(answer); },
            [](kj::Exception&& error) -> Found {
              const Error reason =
                  transport::from_kj(error);  // what a master lacks isn't this machine's trouble
              kj::throwFatalException(transport::to_kj(Error(
                  reason.fault() == Fault::unreachable ? Fault::unreachable : Fault::failed, reason.what())));
            })
      .then([this, digest](Found&& answer) { return receive(digest, answer.getSize(), answer.getFile()); })
      .then([digest] { spdlog::info("plugin fetched digest={}", digest.substr(0, 12)); },
            [digest](kj::Exception&& error) {
              const Error reason = transport::from_kj(error);
              kj::throwFatalException(transport::to_kj(
                  Error(reason.fault() == Fault::user ? Fault::failed : reason.fault(),
                        "the plugin " + digest.substr(0, 12) + " can't be fetched: " + reason.what())));
            })
      .then([this, digest] { fetching_.erase(digest); },
            [this, digest](kj::Exception&& error) {
              fetching_.erase(digest);
              kj::throwFatalException(kj::mv(error));
            });
}

kj::Promise<void> PluginCache::receive(std::string digest, std::uint64_t size, rpc::BlobSource::Client file) {
  return transport::method([&]() -> kj::Promise<void> {
    if (size > host::plugin_limit) throw UserError("it has more than 256 MiB");
    auto incoming = kj::heap<host::PluginStore::Incoming>(store_.receive());
    auto complete = std::make_shared<bool>(false);  // the sink may outlive us
    auto done = [complete, size](kj::AutoCloseFd, std::uint64_t bytes) { *complete = bytes == size; };
    auto request = file.sendRequest();
    request.setSink(kj::heap<transport::FileSink>(
        kj::AutoCloseFd(::fcntl(incoming->fd(), F_DUPFD_CLOEXEC, 0)), size, std::move(done)));
    return request.send().then([this, digest, complete, incoming = kj::mv(incoming)](auto&&) mutable {
      transport::method([&] {
        if (!*complete) throw Error(Fault::failed, "the master didn't send all of it");
        store_.keep(std::move(*incoming), digest);
      });
    });
  });
}

void PluginCache::prune(const std::set<std::string>& wanted) {
  store_.prune(wanted, keep_unused, room);
}

}  // namespace tilework::worker

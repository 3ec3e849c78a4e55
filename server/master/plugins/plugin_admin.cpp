#include "server/master/plugins/plugin_admin.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/clean_text.h"
#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"
#include "server/host/libraries/copy.h"
#include "server/host/libraries/digest.h"
#include "server/host/libraries/elf.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = 20 * kj::SECONDS;  // for the registry to take what was checked before

void check_file_name(const std::string& file) {
  if (file.size() < 4 || !is_clean_line(file, 200) || !file.ends_with(".so") || file.starts_with('.') ||
      file.find('/') != std::string::npos) {
    throw UserError("a plugin's file has a plain name that ends with .so, such as my_filter.so");
  }
}

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(Fault::failed, path.string() + " can't be written: " + why);
}

}  // namespace

// Stores what comes, and installs it at the end.
class PluginAdmin::Sink final : public transport::FileSink {
 public:
  Sink(PluginAdmin& admin, std::string file, std::uint64_t size)
      : Sink(admin, std::move(file), size,
             std::make_shared<host::PluginStore::Incoming>(admin.registry_.store().receive())) {}

 protected:
  kj::Promise<void> done(DoneContext context) override {
    return FileSink::done(context).then([this] {
      return transport::method([this]() -> kj::Promise<void> {
        if (const std::string problem = host::why_not_whole(incoming_->fd()); !problem.empty()) {
          throw Error(Fault::failed, file_ + " is refused: it " + problem);
        }
        const std::string digest = host::digest_of(incoming_->fd());
        admin_.registry_.store().keep(std::move(*incoming_), digest);
        return admin_.check_and_put(file_, digest);
      });
    });
  }

 private:
  Sink(PluginAdmin& admin, std::string file, std::uint64_t size,
       std::shared_ptr<host::PluginStore::Incoming> incoming)
      : FileSink(kj::AutoCloseFd(::fcntl(incoming->fd(), F_DUPFD_CLOEXEC, 0)), size,
                 [size](kj::AutoCloseFd, std::uint64_t bytes) {
                   if (bytes != size) throw UserError("the plugin ended before all of it had come");
                 }),
        admin_(admin),
        file_(std::move(file)),
        incoming_(std::move(incoming)) {}

  PluginAdmin& admin_;
  std::string file_;
  std::shared_ptr<host::PluginStore::Incoming> incoming_;
};

rpc::BlobSink::Client PluginAdmin::install(const std::string& file, std::uint64_t size) {
  check_file_name(file);
  if (size == 0 || size > host::plugin_limit) throw UserError("a plugin has 1 byte to 256 MiB");
  return kj::heap<Sink>(*this, file, size);
}

kj::Promise<void> PluginAdmin::check_and_put(std::string file, std::string digest) {
  const auto path = registry_.store().find(digest);
  if (!path) throw Error(Fault::failed, "the plugin was lost right after it came");
  return registry_.scan(file, digest).then([this, file, digest](Scanned&& scanned) {
    return transport::method([&]() -> kj::Promise<void> {
      const std::string problem =
          scanned.refusal.empty() ? registry_.conflict(file, scanned.filters) : scanned.refusal;
      if (!problem.empty()) throw Error(Fault::failed, file + " is refused: " + problem);
      put(file, digest);
      return until(file, digest);
    });
  });
}

// In one step: whoever looks at the folder finds the old file or the new one.
void PluginAdmin::put(const std::string& file, const std::string& digest) {
  const auto stored = registry_.store().find(digest);
  if (!stored) throw Error(Fault::failed, "the version " + digest.substr(0, 12) + " isn't kept any more");
  const fs::path target = registry_.places().folder / file;
  const kj::AutoCloseFd from(::open(stored->c_str(), O_RDONLY | O_CLOEXEC));
  std::string partial = registry_.places().folder / ".installing-XXXXXX";
  const kj::AutoCloseFd to(::mkostemp(partial.data(), O_CLOEXEC));
  if (from.get() < 0 || to.get() < 0) fail(target, transport::words_of_error(errno));
  const auto give_up = [&](int error) {
    ::unlink(partial.c_str());
    fail(target, transport::words_of_error(error));
  };
  ::fchmod(to, 0644);
  if (const int error = host::copy_bytes(from, to, host::plugin_limit); error != 0) give_up(error);
  if (::rename(partial.c_str(), target.c_str()) != 0) give_up(errno);
}

std::string PluginAdmin::file_named(const std::string& name) const {
  for (const std::string& file : {name, name + ".so"}) {
    if (registry_.current(file) || registry_.history().earlier(file, false)) return file;
    const auto refused = registry_.refused();
    if (std::ranges::find(refused, file, &RefusedPlugin::file) != refused.end()) return file;
  }
  for (const auto& plugin : registry_.current()) {
    const auto& filters = plugin->description.filters;
    if (std::ranges::find(filters, name, &FilterDescription::name) != filters.end()) {
      return plugin->description.file;
    }
  }
  if (auto file = registry_.last_file_of(name)) return *file;
  throw Error(Fault::failed,
              "there is no plugin or filter " + name + " (`tilework-admin plugins` lists them)");
}

kj::Promise<std::string> PluginAdmin::withdraw(const std::string& name) {
  return transport::method([&]() -> kj::Promise<std::string> {
    const std::string file = file_named(name);
    const fs::path path = registry_.places().folder / file;
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT) throw Error(Fault::failed, file + " has been withdrawn already");
      throw Error(Fault::failed, path.string() + " can't be removed: " + transport::words_of_error(errno));
    }
    return until(file, "").then([file] { return file; });
  });
}

kj::Promise<PluginHandle> PluginAdmin::rollback(const std::string& name) {
  return transport::method([&]() -> kj::Promise<PluginHandle> {
    const std::string file = file_named(name);
    check_file_name(file);
    const auto digest = registry_.history().earlier(file, registry_.current(file) != nullptr);
    if (!digest) throw Error(Fault::failed, "there is no earlier version of " + file);
    put(file, *digest);
    return until(file, *digest).then([this, file] { return registry_.current(file); });
  });
}

kj::Promise<std::string> PluginAdmin::retry(const std::string& name) {
  return transport::method([&]() -> kj::Promise<std::string> {
    for (const auto& [digest, entry] : registry_.notes().quarantined()) {
      if (entry.file != name && entry.file != name + ".so" &&
          (name.size() < 8 || !digest.starts_with(name))) {
        continue;
      }
      registry_.notes().release(digest);
      const std::string file = entry.file;
      if (!std::filesystem::exists(registry_.places().folder / file)) return file;
      return registry_.scan(file, digest).then([this, file, digest = digest](Scanned&& scanned) {
        return transport::method([&]() -> kj::Promise<std::string> {
          registry_.forget_look(file);
          if (!scanned.refusal.empty()) throw Error(Fault::failed, file + " is refused: " + scanned.refusal);
          return until(file, digest).then([file] { return file; });
        });
      });
    }
    throw Error(Fault::failed,
                "no plugin " + name + " is in quarantine (`tilework-admin plugins` lists them)");
  });
}

kj::Promise<void> PluginAdmin::until(std::string file, std::string digest) {
  return timer_
      .timeoutAfter(patience, registry_.look().then([this, file, digest] { return wait_for(file, digest); }))
      .catch_([this, file](kj::Exception&& error) {
        if (error.getType() != kj::Exception::Type::OVERLOADED) kj::throwFatalException(kj::mv(error));
        std::string reason = "the plugin folder was not read in time";
        for (const auto& refused : registry_.refused()) {
          if (refused.file == file) reason = refused.reason;
        }
        kj::throwFatalException(
            transport::to_kj(Error(Fault::failed, file + " isn't offered as it should be: " + reason)));
      });
}

kj::Promise<void> PluginAdmin::wait_for(std::string file, std::string digest) {
  const auto current = registry_.current(file);
  if ((current ? current->description.digest : "") == digest) return kj::READY_NOW;
  return registry_.differs_from(registry_.revision()).then([this, file, digest] {
    return wait_for(file, digest);
  });
}

}  // namespace tilework::master

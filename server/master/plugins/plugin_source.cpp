#include "server/master/plugins/plugin_source.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

class Library final : public rpc::BlobSource::Server {
 public:
  explicit Library(PluginHandle plugin) : plugin_(std::move(plugin)) {
    file_ = kj::AutoCloseFd(::open(plugin_->path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (file_.get() < 0 || ::fstat(file_, &info) != 0) {
      throw Error(Fault::failed,
                  plugin_->path.string() + " can't be read: " + transport::words_of_error(errno));
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
  }
  std::uint64_t size() const { return size_; }

 protected:
  kj::Promise<void> send(SendContext context) override {
    return transport::send_file(file_, size_, context.getParams().getSink());
  }

 private:
  PluginHandle plugin_;
  kj::AutoCloseFd file_;
  std::uint64_t size_ = 0;
};

class SourceServer final : public rpc::PluginSource::Server {
 public:
  explicit SourceServer(PluginRegistry& registry) : registry_(registry) {}

 protected:
  kj::Promise<void> get(GetContext context) override {
    return transport::method([&]() -> kj::Promise<void> {
      const std::string digest = wire::text(context.getParams().getDigest());
      auto plugin = registry_.find(digest);
      if (!plugin) throw UserError("no plugin with the digest " + digest.substr(0, 12) + " is in use here");
      spdlog::info("plugin sent file={} digest={}", log_value(plugin->description.file),
                   digest.substr(0, 12));
      auto library = kj::heap<Library>(std::move(plugin));
      context.getResults().setSize(library->size());
      context.getResults().setFile(kj::mv(library));
      return kj::READY_NOW;
    });
  }

 private:
  PluginRegistry& registry_;
};

}  // namespace

rpc::PluginSource::Client make_plugin_source(PluginRegistry& registry) {
  return kj::heap<SourceServer>(registry);
}

}  // namespace tilework::master

// What an administrator does with plugins. The plugin folder says what is offered, so all of it happens
// there: files come and go in one step, and the registry notices. On the event loop's thread.
#pragma once

#include <string>

#include "schema/common.capnp.h"
#include "server/master/plugins/plugin_registry.h"

namespace tilework::master {

class PluginAdmin {
 public:
  // Both outlive this object, and this object what it hands out.
  PluginAdmin(PluginRegistry& registry, kj::Timer& timer) : registry_(registry), timer_(timer) {}
  KJ_DISALLOW_COPY(PluginAdmin);

  // Takes a library of `size` bytes. Its done() answers when new jobs get it, and fails with the reason if it
  // is refused; then the folder is as it was. Throws UserError for a name that no plugin file can have.
  rpc::BlobSink::Client install(const std::string& file, std::uint64_t size);

  // Answers with the file's name, once new jobs don't get it any more. `name` is a file's, with or without
  // ".so", or a filter's. Fails with Fault::failed when there is no such plugin.
  kj::Promise<std::string> withdraw(const std::string& name);

  // Puts back the version before, or the last of a withdrawn plugin; answers once new jobs get it. Fails with
  // UserError when there is none.
  kj::Promise<PluginHandle> rollback(const std::string& name);

  // Lets a plugin out of quarantine, and scans it. `name` is its file's, as it is listed, or the beginning of
  // its digest. Answers with the file's name once new jobs get it, or at once if it isn't in the folder any
  // more; fails with the reason if it is refused.
  kj::Promise<std::string> retry(const std::string& name);

 private:
  class Sink;

  std::string file_named(const std::string& name) const;
  kj::Promise<void> check_and_put(std::string file, std::string digest);
  void put(const std::string& file, const std::string& digest);
  // Answers when the file's current version has this digest; empty: when it has none.
  kj::Promise<void> until(std::string file, std::string digest);
  kj::Promise<void> wait_for(std::string file, std::string digest);

  PluginRegistry& registry_;
  kj::Timer& timer_;
};

}  // namespace tilework::master

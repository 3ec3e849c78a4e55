// How plugins' files come to a filter host, which opens none by itself: each once, as a descriptor, under its
// digest, over a connection that passes descriptors. On the event loop's thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <kj/async.h>
#include <kj/io.h>

#include "schema/host.capnp.h"

namespace tilework::host {

// The parent's side.
class FileSharer {
 public:
  explicit FileSharer(rpc::FilterHost::Client host) : host_(kj::mv(host)) {}
  KJ_DISALLOW_COPY(FileSharer);

  // Answers when the host has the library with that digest, which lies at `path`. Fails with tilework::Error
  // in KJ's clothes: a file that can't be opened for reading, or is none, is this machine's fault.
  kj::Promise<void> share(const std::string& digest, const std::filesystem::path& path);

 private:
  rpc::FilterHost::Client host_;
  // Answers may come after this object has gone.
  std::shared_ptr<std::set<std::string>> shared_ = std::make_shared<std::set<std::string>>();
};

// The host's side.
class ReceivedFiles : public std::enable_shared_from_this<ReceivedFiles> {
 public:
  // Fails with tilework::Error in KJ's clothes where no descriptor came, or too many.
  kj::Promise<void> receive(std::string digest, rpc::PluginFile::Client file);
  // A descriptor of the file with that digest. Throws UserError when it wasn't handed over.
  kj::AutoCloseFd open(const std::string& digest) const;
  void forget(const std::string& digest) { files_.erase(digest); }

 private:
  std::map<std::string, kj::AutoCloseFd> files_;
};

}  // namespace tilework::host

// Says when something happens in a folder: inotify, on a thread of its own that Asio runs. What happened
// isn't told; whoever is told looks.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <kj/async.h>

namespace tilework::master {

class FolderWatch {
 public:
  // On the event loop's thread. A folder that doesn't exist is watched as soon as it does, at a call of
  // changed(). Where the system has no inotify left, which is logged, changed() never answers.
  explicit FolderWatch(std::string folder);
  ~FolderWatch();
  KJ_DISALLOW_COPY(FolderWatch);

  // Answers when something has happened since the last answer. One call at a time; dropping the promise is
  // fine.
  kj::Promise<void> changed();

 private:
  void watch();
  void read();

  std::string folder_;
  boost::asio::io_context io_;
  boost::asio::posix::stream_descriptor inotify_;
  alignas(8) std::array<char, 4096> events_;
  bool told_ = false;  // that there was no room for a watch
  std::mutex mutex_;
  bool happened_ = false;                                   // since the last answer
  kj::Own<kj::CrossThreadPromiseFulfiller<void>> waiting_;  // null when nobody waits
  std::thread thread_;
};

}  // namespace tilework::master

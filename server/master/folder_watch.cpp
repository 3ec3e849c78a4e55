#include "server/master/folder_watch.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <sys/inotify.h>

#include "schema/model/error.h"

namespace tilework::master {
namespace {

constexpr std::uint32_t interesting = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

int new_inotify() {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) {
    throw Error(Fault::failed, std::string("the plugin folder can't be watched: ") + std::strerror(errno) +
                                   "; are too many programs watching files?");
  }
  return fd;
}

}  // namespace

FolderWatch::FolderWatch(std::string folder) : folder_(std::move(folder)), inotify_(io_, new_inotify()) {
  ::inotify_add_watch(inotify_.native_handle(), folder_.c_str(), interesting);
  read();
  thread_ = std::thread([this] { io_.run(); });
}

FolderWatch::~FolderWatch() {
  io_.stop();
  thread_.join();
}

kj::Promise<void> FolderWatch::changed() {
  // The same folder again changes nothing; one that was made again is watched again.
  ::inotify_add_watch(inotify_.native_handle(), folder_.c_str(), interesting);
  const std::lock_guard lock(mutex_);
  if (std::exchange(happened_, false)) return kj::READY_NOW;
  auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
  waiting_ = kj::mv(pair.fulfiller);
  return kj::mv(pair.promise);
}

void FolderWatch::read() {
  inotify_.async_read_some(boost::asio::buffer(events_),
                           [this](const boost::system::error_code& error, std::size_t) {
                             if (error) return;
                             {
                               const std::lock_guard lock(mutex_);
                               happened_ = true;
                               if (waiting_.get() != nullptr && waiting_->isWaiting()) {
                                 happened_ = false;
                                 waiting_->fulfill();
                               }
                               waiting_ = nullptr;
                             }
                             read();
                           });
}

}  // namespace tilework::master

#include "server/master/plugins/folder_watch.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <sys/inotify.h>

#include "server/logging/log.h"

namespace tilework::master {
namespace {

constexpr std::uint32_t interesting = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

constexpr const char* instances = "/proc/sys/fs/inotify/max_user_instances";
constexpr const char* watches = "/proc/sys/fs/inotify/max_user_watches";

void say_that_it_polls(const std::string& folder, int error, const char* limit) {
  spdlog::warn("plugin folder not watched, so it is looked at every second folder={} reason=\"{}\" limit={}",
               folder, std::strerror(error), limit);
}

}  // namespace

FolderWatch::FolderWatch(std::string folder) : folder_(std::move(folder)), inotify_(io_) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) {
    say_that_it_polls(folder_, errno, instances);
    return;
  }
  inotify_.assign(fd);
  watch();
  read();
  thread_ = std::thread([this] { io_.run(); });
}

FolderWatch::~FolderWatch() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

// The same folder again changes nothing; one that was made again is watched again.
void FolderWatch::watch() {
  const bool is_watched = ::inotify_add_watch(inotify_.native_handle(), folder_.c_str(), interesting) >= 0;
  if (!is_watched && errno == ENOSPC && !told_) say_that_it_polls(folder_, errno, watches);
  told_ = !is_watched && errno == ENOSPC;
}

kj::Promise<void> FolderWatch::changed() {
  if (!inotify_.is_open()) return kj::NEVER_DONE;
  watch();
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

#include "server/master/plugins/plugin_intake.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <kj/io.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "schema/transport/system_error.h"
#include "server/host/libraries/elf.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

namespace fs = std::filesystem;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// A read lease is refused while anybody has the file open for writing (fcntl(2)). File systems without
// leases, and files of other users, refuse it for other reasons; there the look itself has to tell.
bool is_being_written(int fd) {
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
  }
  return errno == EAGAIN;
}

}  // namespace

PluginIntake::Signature PluginIntake::signature_of(int fd) {
  struct stat info {};
  ::fstat(fd, &info);
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim),
          nanoseconds(info.st_ctim)};
}

// Gives what is in the way; "" if nothing is.
std::string PluginIntake::list(std::vector<fs::path>& paths) {
  struct stat info {};
  if (::stat(folder_.c_str(), &info) != 0) return std::strerror(errno);
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".so" && path.filename().string()[0] != '.') paths.push_back(path);
  }
  if (error) return error.message();
  if (paths.empty() && device_ != 0 && device_ != info.st_dev) {
    return "another file system is in its place, and empty; was a mount lost?";
  }
  if (!paths.empty()) device_ = info.st_dev;
  return {};
}

void PluginIntake::note_problem(const std::string& problem) {
  if (problem == folder_problem_) return;
  folder_problem_ = problem;
  if (problem.empty()) {
    spdlog::info("plugin folder readable again folder={}", folder_.string());
  } else {
    spdlog::warn("plugin folder not readable, its plugins stay in use folder={} reason={}",
                 log_value(folder_.string()), in_quotes(problem));
  }
}

PluginIntake::Look PluginIntake::look() {
  std::vector<fs::path> paths;
  note_problem(list(paths));
  if (!folder_problem_.empty()) return {last_, folder_problem_};
  std::ranges::sort(paths);
  last_.clear();
  std::set<std::string> names;
  for (const auto& path : paths) {
    last_.push_back(look_at(path));
    names.insert(last_.back().name);
  }
  std::erase_if(known_, [&](const auto& entry) { return !names.contains(entry.first); });
  return {last_, ""};
}

PluginIntake::File PluginIntake::look_at(const fs::path& path) {
  File file;
  file.name = path.filename();
  const auto unusable = [&](const std::string& reason) {
    file.state = State::unusable;
    file.reason = reason;
    return file;
  };
  if (!is_clean_line(file.name, longest_name)) {
    return unusable("its name has characters in it that can't be shown; rename it");
  }
  const kj::AutoCloseFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return unusable(std::string("it can't be opened: ") + transport::words_of_error(errno));
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return unusable("it is no file");
  const Signature signature = signature_of(fd);
  const auto known = known_.find(file.name);
  if (known != known_.end() && known->second.signature == signature) return known->second.file;
  file = take(fd, signature, file);
  if (file.state == State::growing) {
    known_.erase(file.name);
  } else {
    file.version = ++versions_;
    known_.insert_or_assign(file.name, Known{signature, file});
  }
  return file;
}

PluginIntake::File PluginIntake::take(int fd, const Signature& signature, File file) {
  const auto stop = [&](State state, const std::string& reason) {
    file.state = state;
    file.reason = reason;
    return file;
  };
  if (is_being_written(fd)) return stop(State::growing, "it is still being written");
  if (signature.size > host::plugin_limit) return stop(State::unusable, "it has more than 256 MiB");
  if (const std::string problem = host::why_not_whole(fd); !problem.empty()) {
    return stop(State::unusable, "it " + problem);
  }
  try {
    file.digest = store_.put(fd);
  } catch (const Error& error) {
    return stop(State::unusable, error.what());
  }
  if (signature_of(fd) != signature) return stop(State::growing, "it changed while it was read");
  file.state = State::whole;
  file.reason.clear();
  return file;
}

}  // namespace tilework::master

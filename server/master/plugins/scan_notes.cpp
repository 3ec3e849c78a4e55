#include "server/master/plugins/scan_notes.h"

#include <cerrno>
#include <ctime>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "schema/transport/system_error.h"
#include "server/host/libraries/plugin_store.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

namespace fs = std::filesystem;

constexpr const char* in_quarantine = ".quarantined";

// A note's name is the digest and the process that scans.
std::string name_of_note(const std::string& digest, pid_t process) {
  return digest + "." + std::to_string(process);
}

std::string first_line(const fs::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return clean_line(line, longest_name);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (host::is_digest(entry->path().stem())) files.push_back(entry->path());
  }
  return files;
}

// The lock of a note is its master's; the system ends it with the process.
bool is_dead(const fs::path& note) {
  const kj::AutoCloseFd fd(::open(note.c_str(), O_RDONLY | O_CLOEXEC));
  return fd.get() >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

std::string moment_of(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return "once";
  std::tm time{};
  ::gmtime_r(&info.st_mtim.tv_sec, &time);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &time)};
}

void sync_folder(const fs::path& folder) {
  const kj::AutoCloseFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd);
}

}  // namespace

ScanNotes::ScanNotes(fs::path folder) : folder_(std::move(folder)) {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    throw UserError(folder_.string() + " can't be made: " + transport::words_of_error(errno) +
                    "; name another folder with --state");
  }
  take_over_dead();
}

void ScanNotes::take_over_dead() {
  std::vector<fs::path> dead;
  for (const auto& file : files_in(folder_)) {
    if (file.extension() != in_quarantine && is_dead(file)) dead.push_back(file);
  }
  is_careful_ = dead.size() > 1;
  for (const auto& note : dead) {
    if (is_careful_) {
      spdlog::warn(
          "plugin suspected file={} digest={} reason=\"a master ended while it and others were scanned; "
          "they are scanned one at a time\"",
          log_value(first_line(note)), note.stem().string().substr(0, 12));
      ::unlink(note.c_str());
    } else {
      put_in_quarantine(note);
    }
  }
  if (!dead.empty()) sync_folder(folder_);
}

void ScanNotes::put_in_quarantine(const fs::path& note) const {
  const fs::path kept = folder_ / (note.stem().string() + in_quarantine);
  spdlog::warn("plugin quarantined file={} digest={}", log_value(first_line(note)),
               note.stem().string().substr(0, 12));
  if (::rename(note.c_str(), kept.c_str()) != 0) {
    spdlog::error("plugin not quarantined file={} reason={}", log_value(note.string()),
                  in_quotes(transport::words_of_error(errno)));
  }
}

kj::Own<void> ScanNotes::note(const std::string& digest, const std::string& file) const {
  const fs::path path = folder_ / name_of_note(digest, ::getpid());
  kj::AutoCloseFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string text = file + "\n";
  if (fd.get() < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0 ||
      ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(fd) != 0) {
    spdlog::warn("scan not noted file={} reason={}", log_value(path.string()),
                 in_quotes(transport::words_of_error(errno)));
  }
  sync_folder(folder_);
  return kj::heap(kj::defer([path, fd = kj::mv(fd)] { ::unlink(path.c_str()); }));
}

std::map<std::string, ScanNotes::Entry> ScanNotes::quarantined() const {
  std::map<std::string, Entry> all;
  for (const auto& file : files_in(folder_)) {
    if (file.extension() != in_quarantine) continue;
    if (auto entry = find(file.stem())) all.emplace(file.stem(), std::move(*entry));
  }
  return all;
}

std::optional<ScanNotes::Entry> ScanNotes::find(const std::string& digest) const {
  const fs::path file = folder_ / (digest + in_quarantine);
  if (::access(file.c_str(), F_OK) != 0) return std::nullopt;
  const std::string name = first_line(file);
  return Entry{name, "in quarantine: a master ended while it was scanned (" + moment_of(file) +
                         "); `tilework-admin plugin retry " + name + "` scans it again"};
}

void ScanNotes::release(const std::string& digest) const {
  ::unlink((folder_ / (digest + in_quarantine)).c_str());
  sync_folder(folder_);
}

void ScanNotes::remove_made_by(pid_t process, const fs::path& folder) {
  for (const auto& file : files_in(folder)) {
    if (file.extension() == "." + std::to_string(process)) ::unlink(file.c_str());
  }
}

}  // namespace tilework::master

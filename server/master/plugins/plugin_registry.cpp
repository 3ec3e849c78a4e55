#include "server/master/plugins/plugin_registry.h"

#include <algorithm>
#include <utility>

#include <sodium.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "server/logging/log.h"

namespace tilework::master {
namespace {

constexpr auto poll_interval = 1 * kj::SECONDS;  // for folders whose changes nobody tells, as on NFS
constexpr auto growing_interval = 200 * kj::MILLISECONDS;
constexpr auto pause_after_event = 20 * kj::MILLISECONDS;  // a copy makes several
constexpr auto scan_limit = 10 * kj::SECONDS;
constexpr unsigned scans_at_once = 3;
constexpr std::size_t most_withdrawn = 1000;  // names that are remembered
constexpr auto keep_unused = std::chrono::hours(24);

// A client that comes from another master may not take that one's revision for ours.
std::uint64_t first_revision() {
  std::uint64_t number = 0;
  randombytes_buf(&number, sizeof number);
  return number | 1;
}

}  // namespace

const FilterDescription& BoundRecipe::description(std::size_t call) const {
  return get_filter(plugins.at(call)->description.filters, calls.at(call).filter);
}

PluginRegistry::PluginRegistry(kj::AsyncIoContext& io, PluginPlaces places)
    : places_(std::move(places)),
      timer_(io.provider->getTimer()),
      store_(places_.state / "plugins"),
      intake_store_(places_.state / "plugins"),
      history_(PluginHistory::file_for(places_.folder, places_.state)),
      scanner_(*io.lowLevelProvider, timer_, places_.filter_host, scan_limit),
      notes_(ScanNotes::folder_in(places_.state)),
      scan_turns_(notes_.is_careful() ? 1 : scans_at_once),
      folder_watch_(places_.folder),
      revision_(first_revision()),
      intake_(std::make_shared<PluginIntake>(intake_store_, places_.folder)),
      tasks_(*this) {}

kj::Promise<void> PluginRegistry::start() {
  auto pair = kj::newPromiseAndFulfiller<void>();
  scans_done_ = kj::mv(pair.fulfiller);
  return look()
      .then([this, done = kj::mv(pair.promise)]() mutable -> kj::Promise<void> {
        if (scans_ == 0) return kj::READY_NOW;
        return kj::mv(done);
      })
      .then([this] {
        started_ = true;
        adopt_candidates();
        tasks_.add(watch());
      });
}

kj::Promise<void> PluginRegistry::watch() {
  const bool growing =
      std::ranges::any_of(entries_, [](const auto& entry) { return !entry.second.growing.empty(); });
  return folder_watch_.changed()
      .exclusiveJoin(timer_.afterDelay(growing ? growing_interval : poll_interval))
      .then([this] { return timer_.afterDelay(pause_after_event); })
      .then([this] { return look(); })
      .catch_([](kj::Exception&& error) {
        spdlog::error("plugin folder not read reason={}", in_quotes(error.getDescription().cStr()));
      })
      .then([this] { return watch(); });
}

kj::Promise<void> PluginRegistry::look() {
  return intake_thread_.run([intake = intake_] { return intake->look(); })
      .then([this](PluginIntake::Look&& look) {
        folder_problem_ = look.problem;
        apply(look.files);
      });
}

void PluginRegistry::apply(const std::vector<PluginIntake::File>& files) {
  std::vector<std::pair<std::string, PluginHandle>> gone;
  std::erase_if(entries_, [&](const auto& entry) {
    if (std::ranges::find(files, entry.first, &PluginIntake::File::name) != files.end()) return false;
    if (entry.second.current) gone.emplace_back(entry.first, entry.second.current);
    return true;
  });
  for (const auto& [file, plugin] : gone) withdraw(file, plugin);
  if (!gone.empty()) {
    changed();
    adopt_candidates();
  }
  for (const auto& file : files) notice(file);
}

void PluginRegistry::notice(const PluginIntake::File& file) {
  auto& entry = entries_[file.name];
  entry.growing = file.state == PluginIntake::State::growing ? file.reason : "";
  if (file.state == PluginIntake::State::growing) return;
  if (file.state == PluginIntake::State::unusable) {
    entry.version = file.version;
    entry.candidate = nullptr;
    refuse(file.name, entry, file.reason);
    return;
  }
  if (file.version == entry.version) return;
  entry.version = file.version;
  entry.candidate = nullptr;
  if (entry.current && entry.current->description.digest == file.digest) {
    entry.refusal.clear();  // the bytes that it had before
  } else {
    scan(file);
  }
}

void PluginRegistry::scan(const PluginIntake::File& file) {
  ++scans_;
  tasks_.add(scan(file.name, file.digest).then([this, file](Scanned&& answer) {
    scanned(file.name, file.version, file.digest, std::move(answer));
    if (--scans_ > 0) return;
    if (scans_done_.get() != nullptr) scans_done_->fulfill();
  }));
}

kj::Promise<Scanned> PluginRegistry::scan(const std::string& file, const std::string& digest) {
  if (const auto entry = notes_.find(digest)) return Scanned{{}, entry->reason};
  return scan_turns_.wait().then([this, file, digest](auto&& turn) {
    auto note = notes_.note(digest, file);
    return scanner_.scan(file, store_.path_of(digest), digest).attach(kj::mv(note), kj::mv(turn));
  });
}

void PluginRegistry::forget_look(const std::string& file) {
  if (const auto found = entries_.find(file); found != entries_.end()) found->second.version = 0;
}

void PluginRegistry::scanned(const std::string& file, std::uint64_t version, const std::string& digest,
                             Scanned scanned) {
  const auto found = entries_.find(file);
  if (found == entries_.end() || found->second.version != version) return;  // it has changed again
  if (!scanned.refusal.empty()) {
    refuse(file, found->second, scanned.refusal);
    return;
  }
  found->second.candidate = std::make_shared<PluginVersion>(
      PluginVersion{{file, digest, std::move(scanned.filters)}, store_.path_of(digest), timer_.now()});
  // At the start all come at once; then the order of their names decides, not that of the scans.
  if (started_) adopt_candidates();
}

void PluginRegistry::refuse(const std::string& file, Entry& entry, const std::string& reason) {
  const std::string all = entry.current
                              ? reason + "; its version " + entry.current->description.digest.substr(0, 12) +
                                    " from before stays in use"
                              : reason;
  if (entry.refusal == all) return;
  entry.refusal = all;
  spdlog::warn("plugin refused file={} reason={}", log_value(file), in_quotes(all));
}

void PluginRegistry::withdraw(const std::string& file, const PluginHandle& plugin) {
  spdlog::info("plugin withdrawn file={} digest={}", log_value(file),
               plugin->description.digest.substr(0, 12));
  forget(plugin);
}

void PluginRegistry::forget(const PluginHandle& plugin) {
  for (const auto& filter : plugin->description.filters) {
    if (withdrawn_.size() < most_withdrawn) withdrawn_[filter.name] = plugin->description.file;
  }
}

std::string PluginRegistry::conflict(const std::string& file,
                                     const std::vector<FilterDescription>& filters) const {
  for (const auto& [other, entry] : entries_) {
    if (other == file || !entry.current) continue;
    for (const auto& filter : filters) {
      const auto& taken = entry.current->description.filters;
      if (std::ranges::find(taken, filter.name, &FilterDescription::name) == taken.end()) continue;
      return other + " already exports a filter " + filter.name;
    }
  }
  return {};
}

// One that is adopted may give up names that another waits for.
void PluginRegistry::adopt_candidates() {
  bool any = false;
  for (bool again = true; std::exchange(again, false);) {
    for (auto& [file, entry] : entries_) {
      if (!entry.candidate) continue;
      const std::string problem = conflict(file, entry.candidate->description.filters);
      if (!problem.empty()) {
        refuse(file, entry, problem);
        continue;
      }
      adopt(file, entry);
      any = again = true;
    }
  }
  if (any) changed();
}

void PluginRegistry::adopt(const std::string& file, Entry& entry) {
  const bool replaces = entry.current != nullptr;
  if (replaces) forget(entry.current);
  entry.current = std::exchange(entry.candidate, nullptr);
  entry.refusal.clear();
  const auto& description = entry.current->description;
  for (const auto& filter : description.filters) withdrawn_.erase(filter.name);
  versions_.insert_or_assign(description.digest, entry.current);
  history_.adopted(file, description.digest);
  spdlog::info("plugin {} file={} digest={} filters={}", replaces ? "replaced" : "loaded", log_value(file),
               description.digest.substr(0, 12), description.filters.size());
}

void PluginRegistry::changed() {
  ++revision_;
  for (auto& waiting : std::exchange(waiting_, {})) waiting->fulfill();
  std::erase_if(versions_, [](const auto& version) { return version.second.expired(); });
  prune();
  if (told_) told_();
}

// Other masters may keep their versions in the same place: theirs are kept too.
void PluginRegistry::prune() {
  std::set<std::string> wanted = PluginHistory::all_in(places_.state);
  for (const auto& [digest, version] : versions_) wanted.insert(digest);
  store_.prune(wanted, keep_unused, 0);
}

kj::Promise<void> PluginRegistry::differs_from(std::uint64_t known) {
  if (known != revision_) return kj::READY_NOW;
  std::erase_if(waiting_, [](auto& waiting) { return !waiting->isWaiting(); });
  auto pair = kj::newPromiseAndFulfiller<void>();
  waiting_.push_back(kj::mv(pair.fulfiller));
  return kj::mv(pair.promise);
}

std::vector<PluginHandle> PluginRegistry::current() const {
  std::vector<PluginHandle> all;
  for (const auto& [file, entry] : entries_) {
    if (entry.current) all.push_back(entry.current);
  }
  return all;
}

PluginHandle PluginRegistry::current(const std::string& file) const {
  const auto found = entries_.find(file);
  return found == entries_.end() ? nullptr : found->second.current;
}

std::vector<PluginHandle> PluginRegistry::in_use() const {
  auto all = current();
  for (const auto& [digest, version] : versions_) {
    auto held = version.lock();
    if (held && std::ranges::find(all, held) == all.end()) all.push_back(std::move(held));
  }
  return all;
}

std::vector<std::string> PluginRegistry::digests() const {
  std::vector<std::string> all;
  for (const auto& plugin : current()) all.push_back(plugin->description.digest);
  return all;
}

std::vector<RefusedPlugin> PluginRegistry::refused() const {
  std::vector<RefusedPlugin> all;
  if (!folder_problem_.empty()) {
    all.push_back({places_.folder.string(),
                   "the folder can't be read: " + folder_problem_ + "; the plugins that it had stay in use"});
  }
  for (const auto& [file, entry] : entries_) {
    const std::string& reason = entry.growing.empty() ? entry.refusal : entry.growing;
    if (!reason.empty()) all.push_back({file, reason});
  }
  for (const auto& [digest, quarantined] : notes_.quarantined()) {
    if (!entries_.contains(quarantined.file)) all.push_back({quarantined.file, quarantined.reason});
  }
  return all;
}

std::vector<std::string> PluginRegistry::withdrawn() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : withdrawn_) names.push_back(name);
  return names;
}

std::optional<std::string> PluginRegistry::last_file_of(const std::string& filter) const {
  const auto found = withdrawn_.find(filter);
  if (found == withdrawn_.end()) return std::nullopt;
  return found->second;
}

PluginHandle PluginRegistry::find(const std::string& digest) const {
  const auto found = versions_.find(digest);
  return found == versions_.end() ? nullptr : found->second.lock();
}

BoundRecipe PluginRegistry::bind(const Recipe& recipe) const {
  std::vector<FilterDescription> all;
  std::vector<PluginHandle> plugin_of;
  for (const auto& plugin : current()) {
    for (const auto& filter : plugin->description.filters) {
      all.push_back(filter);
      plugin_of.push_back(plugin);
    }
  }
  const auto gone = withdrawn();
  BoundRecipe bound;
  for (const auto& call : recipe) {
    const auto& filter = get_filter(all, call.filter, gone);
    const auto& plugin = plugin_of[static_cast<std::size_t>(&filter - all.data())];
    bound.calls.push_back(
        {filter.name, plugin->description.digest, pack_arguments(filter, call), filter.version});
    bound.plugins.push_back(plugin);
  }
  return bound;
}

void PluginRegistry::taskFailed(kj::Exception&& exception) {
  spdlog::error("plugin folder not watched any more reason={}", in_quotes(exception.getDescription().cStr()));
}

}  // namespace tilework::master

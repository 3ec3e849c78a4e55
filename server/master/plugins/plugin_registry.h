// The filters that a master offers: what lies in its plugin folder, now. On the event loop's thread.
//
// The folder says what is offered: whatever comes, changes or goes there is noticed within a second. New
// bytes are copied into a store under their digest, and scanned in a child process; when they are good, new
// jobs get them. A job keeps the version that it began with. Bytes that are refused change nothing: the
// version before them stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kj/async-io.h>

#include "schema/model/admin.h"
#include "schema/model/recipe.h"
#include "schema/transport/turn_queue.h"
#include "schema/transport/work_threads.h"
#include "schema/wire/stage.h"
#include "server/host/libraries/plugin_store.h"
#include "server/master/plugins/folder_watch.h"
#include "server/master/plugins/plugin_history.h"
#include "server/master/plugins/plugin_intake.h"
#include "server/master/plugins/plugin_scanner.h"
#include "server/master/plugins/scan_notes.h"

namespace tilework::master {

// One version of a plugin. Its library stays in the store while somebody holds it.
struct PluginVersion {
  PluginDescription description;
  std::filesystem::path path;
  kj::TimePoint loaded;
};
using PluginHandle = std::shared_ptr<const PluginVersion>;

// A recipe with every parameter resolved, and the versions that it uses.
struct BoundRecipe {
  std::vector<wire::BoundCall> calls;
  std::vector<PluginHandle> plugins;  // of calls

  const FilterDescription& description(std::size_t call) const;
};

struct PluginPlaces {
  std::filesystem::path folder;  // with the plugins
  std::filesystem::path state;   // where versions are kept; made if it doesn't exist
  host::HostProgram filter_host;
};

class PluginRegistry final : private kj::TaskSet::ErrorHandler {
 public:
  // The context outlives this object. Throws tilework::Error when a place can't be used.
  PluginRegistry(kj::AsyncIoContext& io, PluginPlaces places);

  // Answers when the folder has been read for the first time, and goes on watching it. Called once.
  kj::Promise<void> start();

  // Called after each change of what is offered.
  void on_change(std::function<void()> told) { told_ = std::move(told); }

  // What new jobs get, ordered by file.
  std::vector<PluginHandle> current() const;
  // All of current(), and what jobs still use.
  std::vector<PluginHandle> in_use() const;
  std::vector<std::string> digests() const;
  std::vector<RefusedPlugin> refused() const;  // and the folder, if it can't be read
  // Names of filters that were offered and aren't any more.
  std::vector<std::string> withdrawn() const;

  // Changes with each change of what is offered; never 0, and other masters have others.
  std::uint64_t revision() const { return revision_; }
  // Answers when the revision isn't `known` any more.
  kj::Promise<void> differs_from(std::uint64_t known);

  // Checks a recipe against the filters that are here now. Throws UserError.
  BoundRecipe bind(const Recipe& recipe) const;

  // The version with that digest, if it is offered or in use.
  PluginHandle find(const std::string& digest) const;

  // For administration.
  const PluginPlaces& places() const { return places_; }
  const PluginHistory& history() const { return history_; }
  host::PluginStore& store() { return store_; }
  // Scans a library of the store, noted as `file`, unless it is in quarantine, which is its refusal then.
  kj::Promise<Scanned> scan(const std::string& file, const std::string& digest);
  const ScanNotes& notes() const { return notes_; }
  // The next look takes the file for one that has changed.
  void forget_look(const std::string& file);
  // The file's version that new jobs get; null if there is none.
  PluginHandle current(const std::string& file) const;
  // The file that exported a withdrawn filter.
  std::optional<std::string> last_file_of(const std::string& filter) const;
  // Why a file can't export these filters beside the others. Empty when it can.
  std::string conflict(const std::string& file, const std::vector<FilterDescription>& filters) const;
  // Looks at the folder at once.
  kj::Promise<void> look();

 private:
  struct Entry {
    std::uint64_t version = 0;  // of the file, as the intake counts it
    PluginHandle current;
    PluginHandle candidate;  // good, but for a conflict
    std::string refusal;     // of the file's newest bytes
    std::string growing;     // what the next look waits for
  };

  kj::Promise<void> watch();
  void apply(const std::vector<PluginIntake::File>& files);
  void notice(const PluginIntake::File& file);
  void scan(const PluginIntake::File& file);
  void scanned(const std::string& file, std::uint64_t version, const std::string& digest, Scanned scanned);
  void refuse(const std::string& file, Entry& entry, const std::string& reason);
  void withdraw(const std::string& file, const PluginHandle& plugin);
  void forget(const PluginHandle& plugin);
  void adopt_candidates();
  void adopt(const std::string& file, Entry& entry);
  void changed();
  void prune();
  void taskFailed(kj::Exception&& exception) override;

  PluginPlaces places_;
  kj::Timer& timer_;
  host::PluginStore store_;
  host::PluginStore intake_store_;  // the same folder, for the intake's thread
  PluginHistory history_;
  PluginScanner scanner_;
  ScanNotes notes_;
  transport::TurnQueue scan_turns_;
  FolderWatch folder_watch_;
  std::map<std::string, Entry> entries_;                                // by file
  std::map<std::string, std::weak_ptr<const PluginVersion>> versions_;  // by digest
  std::map<std::string, std::string> withdrawn_;  // the last file of filters that aren't offered any more
  std::string folder_problem_;                    // why the folder can't be read; empty if it can
  std::uint64_t revision_;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> waiting_;  // for the next revision
  std::function<void()> told_;
  bool started_ = false;
  unsigned scans_ = 0;  // under way
  kj::Own<kj::PromiseFulfiller<void>> scans_done_;
  std::shared_ptr<PluginIntake> intake_;  // used on its thread alone
  transport::WorkThreads intake_thread_{1};
  kj::TaskSet tasks_;
};

}  // namespace tilework::master

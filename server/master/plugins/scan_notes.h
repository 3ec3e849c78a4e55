// Which plugins are being scanned, in files that outlive the master. A note is there before unknown code
// runs, and is gone when the scan has ended, whatever came of it. So a master that finds one at its start,
// which no living master holds, knows what a master died over:
// - of one note, that plugin is put in quarantine: it isn't scanned until its file changes or an
// administrator
//   says so;
// - of several, nobody knows which it was. None is put in quarantine, but this master scans one plugin after
//   the other, so that next time there is one note.
// Several masters may share a folder. On the event loop's thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <kj/io.h>
#include <kj/memory.h>
#include <sys/types.h>

namespace tilework::master {

class ScanNotes {
 public:
  // A plugin in quarantine.
  struct Entry {
    std::string file;    // its name in the plugin folder
    std::string reason;  // for a person
  };

  // Makes the folder, if it isn't there, and looks at what dead masters have left. Throws tilework::Error.
  explicit ScanNotes(std::filesystem::path folder);

  // On the disk when it returns; removed when what it returns is dropped. A note that can't be written is
  // logged, and the scan is worth more.
  kj::Own<void> note(const std::string& digest, const std::string& file) const;

  // Scans have to be made one at a time.
  bool is_careful() const { return is_careful_; }

  // In quarantine, by digest, as of this moment: another master may have added one.
  std::map<std::string, Entry> quarantined() const;
  std::optional<Entry> find(const std::string& digest) const;
  void release(const std::string& digest) const;

  // Of a process that stops in good order: what it was scanning isn't to blame.
  static void remove_made_by(pid_t process, const std::filesystem::path& folder);
  // Where a master keeps them, in its state folder.
  static std::filesystem::path folder_in(const std::filesystem::path& state) { return state / "scans"; }

 private:
  void take_over_dead();
  void put_in_quarantine(const std::filesystem::path& note) const;

  std::filesystem::path folder_;
  bool is_careful_ = false;
};

}  // namespace tilework::master

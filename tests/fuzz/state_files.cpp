// Files that older versions, or somebody else's hand, may have left: a desktop's settings and presets, and
// what a master keeps between starts. The first byte says which.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <stdlib.h>  // mkdtemp

#include "client/document/preset.h"
#include "client/document/settings.h"
#include "server/master/plugins/plugin_history.h"
#include "server/master/plugins/scan_notes.h"
#include "server/secret/secret_file.h"
#include "tests/fuzz/quiet.h"
#include "tests/fuzz/source.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

namespace fs = std::filesystem;

const std::string digest(64, 'a');

// In memory, where there is such a folder.
const fs::path& folder() {
  static const fs::path made = [] {
    std::string name = fs::exists("/dev/shm") ? "/dev/shm/tilework-fuzz-XXXXXX" : "/tmp/tilework-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return fs::path(name);
  }();
  static const int at_exit = std::atexit([] { fs::remove_all(folder()); });
  return at_exit == 0 ? made : made;
}

void write(const fs::path& file, Bytes bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// What was read is written as what reads the same.
void read_settings_of(Bytes bytes) {
  write(folder() / "desktop.json", bytes);
  const auto settings = client::read_settings(folder());
  may_refuse([&] {
    client::write_settings(folder(), settings);
    if (client::read_settings(folder()).masters != settings.masters) __builtin_trap();
  });
}

void read_presets_of(Bytes bytes) {
  write(folder() / "presets/a.json", bytes);
  std::vector<std::string> problems;
  for (const auto& preset : client::read_presets(folder() / "presets", false, problems)) {
    may_refuse([&] { client::write_preset(folder() / "written", preset.name, preset.steps); });
  }
  fs::remove_all(folder() / "written");
}

void read_history_of(Bytes bytes) {
  const fs::path file = folder() / "histories/a.history";
  write(file, bytes);
  master::PluginHistory history(file);
  history.earlier("a.so", true);
  history.adopted("a.so", digest);
  master::PluginHistory::all_in(file.parent_path());
}

void read_notes_of(Bytes bytes) {
  write(folder() / "scans" / (digest + ".quarantined"), bytes);
  write(folder() / "scans" / (digest + ".1"), bytes);
  const master::ScanNotes notes(folder() / "scans");
  notes.quarantined();
  notes.find(digest);
}

void read_secret_of(Bytes bytes) {
  const fs::path file = folder() / "secret";
  write(file, bytes);
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  may_refuse([&] { server::read_secret(file, server::join_secret); });
}

}  // namespace

void run(Bytes bytes) {
  static const auto log = quiet_log();
  Source source(bytes);
  const auto which = source.one_of(5);
  const Bytes rest = source.rest();
  if (which == 0) read_settings_of(rest);
  if (which == 1) read_presets_of(rest);
  if (which == 2) read_history_of(rest);
  if (which == 3) read_notes_of(rest);
  if (which == 4) read_secret_of(rest);
}

}  // namespace tilework::fuzz

// Looks at a plugin folder, and takes what is new in it into the store. Blocks; one thread at a time.
//
// A file counts once it is whole: nobody has it open for writing, it didn't change while it was copied, and
// it is as long as its own header says. Until then a look says what it waits for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "server/host/libraries/plugin_store.h"

namespace tilework::master {

class PluginIntake {
 public:
  enum class State {
    whole,    // in the store, under its digest
    growing,  // somebody writes it; the next look may find it whole
    unusable  // for the reason given
  };
  struct File {
    std::string name;
    State state = State::whole;
    std::string digest;         // when it is whole
    std::string reason;         // when it isn't
    std::uint64_t version = 0;  // another one after each change of the file, also to the same bytes
  };

  struct Look {
    std::vector<File> files;  // ordered by name
    std::string problem;      // of the folder: why these are the files of the look before
  };

  // The store outlives this object.
  PluginIntake(host::PluginStore& store, std::filesystem::path folder)
      : store_(store), folder_(std::move(folder)) {}

  // Every *.so. A file that hasn't changed since the last look isn't read again. A folder that can't be read,
  // or in whose place another file system is empty, as where a mount was lost, isn't an empty one: it has the
  // files that it had. The reason is logged when it comes and when it goes.
  Look look();

 private:
  // What changes whenever a file does.
  struct Signature {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified = 0, changed = 0;  // nanoseconds
    friend bool operator==(const Signature&, const Signature&) = default;
  };
  struct Known {
    Signature signature;
    File file;
  };

  static Signature signature_of(int fd);
  std::string list(std::vector<std::filesystem::path>& paths);
  void note_problem(const std::string& problem);
  File look_at(const std::filesystem::path& path);
  File take(int fd, const Signature& signature, File file);

  host::PluginStore& store_;
  std::filesystem::path folder_;
  std::map<std::string, Known> known_;
  std::vector<File> last_;
  std::uint64_t device_ = 0;  // that the folder was on when it had files
  std::string folder_problem_;
  std::uint64_t versions_ = 0;
};

}  // namespace tilework::master

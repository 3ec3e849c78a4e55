// What lies in the plugin folder of a running master: it is looked at, scanned in a host of its own, and
// refused.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/hostile/act.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void copy_of_library(const fs::path& from, const fs::path& to) {
  const fs::path partial = to.string() + ".partial";
  fs::copy_file(from, partial);
  fs::rename(partial, to);
}

struct Row {
  const char* name;
  const char* words;  // of the refusal, in the log and in the administrator's list
  const char* library;
};

// Of tests/hostile/plugins.
const std::array built{
    Row{"library-exits", "it called exit(0)", "exits"},
    Row{"library-kills-itself", "it was killed (SIGKILL)", "kills_itself"},
    Row{"library-answers", "what it answered makes no sense", "answers"},
    Row{"library-forks", "it tried to start a process", "forks"},
    Row{"library-hoards", "memory limit of 256 MiB", "hoards"},
    Row{"library-throws", "while it is loaded", "throws"},
    Row{"library-reads", "it called exit(7)", "reads"},
    Row{"library-writes", "it called exit(7)", "writes"},
    Row{"library-kills-parent", "it called exit(7)", "kills"},
    Row{"library-connects", "it called exit(7)", "connects"},
    Row{"library-closes-socket", "while it was loaded: it closed its connection to the server", "closes"},
    Row{"library-without-table", "tilework_plugin() returns nothing", "nothing"},
    Row{"library-without-filters", "it crashed (Segmentation fault)", "no_filters"},
    Row{"library-of-billions", "it exports no filters", "count_of_billions"},
    Row{"library-of-less-than-none", "it exports no filters", "negative_count"},
    Row{"library-without-name", "a filter without a name", "no_name"},
    Row{"library-without-functions", "it crashed (Segmentation fault)", "no_functions"},
    Row{"library-of-wild-pointers", "Segmentation fault", "wild_pointers"},
    Row{"library-called-as-path", "is no filter name", "path_for_name"},
    Row{"library-called-with-escapes", "is no filter name", "escapes_in_name"},
    Row{"library-called-as-another", "already exports a filter", "name_of_another"},
    Row{"library-of-long-words", "too long a help", "long_help"},
    Row{"library-of-many-parameters", "an impossible number of parameters", "many_parameters"},
    Row{"library-of-many-filters", "it exports no filters", "many_filters"}};

// Of tests/plugins/live.
const std::array live{
    Row{"library-crashes", "Segmentation fault", "scan_crashes"},
    Row{"library-hangs", "loading it took longer than 10 s", "scan_hangs"},
    Row{"library-leaves-thread", "it left a thread running when it was loaded", "scan_leaves_thread"},
    Row{"library-floods-parent", "it spoke out of turn", "scan_floods"},
    Row{"library-of-other-abi", "it was built for ABI number 3", "other_abi"},
    Row{"library-of-nothing", "it doesn't export tilework_plugin()", "no_plugin"},
    Row{"library-lacks-library", "libtilework_test_missing", "lacks_library"}};

struct Thing {
  const char* name;
  const char* words;
  void (*put)(const fs::path& path);
};

void write(const fs::path& path, const std::string& bytes) {
  const fs::path partial = path.string() + ".partial";
  std::ofstream(partial, std::ios::binary) << bytes;
  fs::rename(partial, path);
}

std::string library_bytes() {
  return bytes_of_file(std::string(TILEWORK_HOSTILE_LIBRARY_DIR) + "/exits.so");
}

const std::array things{
    Thing{"file-without-bytes", "it is empty", [](const fs::path& path) { write(path, ""); }},
    Thing{"file-of-text", "it is no shared library",
          [](const fs::path& path) { write(path, "#!/bin/sh\nrm -rf /\n"); }},
    Thing{"half-a-library", "it is cut off",
          [](const fs::path& path) {
            const auto whole = library_bytes();
            write(path, whole.substr(0, whole.size() / 2));
          }},
    Thing{"library-of-noise", "it can't be loaded",
          [](const fs::path& path) {
            auto bytes = library_bytes();
            for (std::size_t i = 64; i < bytes.size(); i += 7) bytes[i] = static_cast<char>(bytes[i] ^ 0x33);
            write(path, bytes);
          }},
    Thing{"file-of-a-terabyte", "it has more than 256 MiB",
          [](const fs::path& path) {
            const fs::path partial = path.string() + ".partial";
            std::ofstream(partial) << "x";
            fs::resize_file(partial, std::uintmax_t{1} << 40);
            fs::rename(partial, path);
          }},
    Thing{"pipe-for-library", "it is no file",
          [](const fs::path& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
    Thing{"folder-for-library", "it is no file", [](const fs::path& path) { fs::create_directory(path); }},
    Thing{"link-to-nowhere", "it can't be opened",
          [](const fs::path& path) { fs::create_symlink("/nowhere", path); }},
    Thing{"link-to-endless-file", "it is no file",
          [](const fs::path& path) { fs::create_symlink("/dev/zero", path); }},
    Thing{"link-to-secrets", "it is no shared library",
          [](const fs::path& path) { fs::create_symlink("/etc/passwd", path); }}};

// Without the file's name, which has some of the words.
std::string refusal_of(const std::string& log, const std::string& file) {
  const auto at = log.find(" reason=", log.rfind("plugin refused file=" + file));
  return at == std::string::npos ? "" : log.substr(at, log.find('\n', at) - at);
}

void drop(Siege& siege, const std::string& file, const std::string& words,
          const std::function<void(const fs::path&)>& put) {
  const fs::path path = siege.cluster().folder().path() / "plugins" / file;
  put(path);
  CHECK_NOTHROW(wait_until(
      "the refusal", [&] { return siege.master_says("plugin refused file=" + file); }, 20s));
  CHECK_FALSE(siege.master_says("plugin loaded file=" + file));
  CHECK_THAT(refusal_of(siege.cluster().master().errors(), file), Catch::Contains(words));
  fs::remove(path);
  CHECK_FALSE(fs::exists("/tmp/tilework-hostile"));
}

}  // namespace

std::vector<Act> library_acts() {
  std::vector<Act> acts;
  const auto add = [&](const Row& row, const std::string& library) {
    acts.push_back({row.name, row.words, [row, library](Siege& siege) {
                      drop(siege, std::string(row.name) + ".so", row.words,
                           [&](const fs::path& path) { copy_of_library(library, path); });
                    }});
  };
  for (const Row& row : built) {
    add(row, std::string(TILEWORK_HOSTILE_LIBRARY_DIR) + "/" + row.library + ".so");
  }
  for (const Row& row : live) {
    add(row, std::string(TILEWORK_LIVE_PLUGIN_DIR) + "/test_" + row.library + ".so");
  }
  for (const Thing& thing : things) {
    acts.push_back({thing.name, thing.words, [thing](Siege& siege) {
                      drop(siege, std::string(thing.name) + ".so", thing.words, thing.put);
                    }});
  }
  return acts;
}

}  // namespace tilework::test

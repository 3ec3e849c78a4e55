// Dependencies between folders point one way. A new folder gets a line in the table below.
#include <algorithm>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/architecture/includes.h"

namespace tilework::test {
namespace {

// What a file needs, in words that the table uses: a folder of ours, or one of these kinds of library.
const std::string rpc = "Cap'n Proto", sockets = "sockets", threads = "threads", opencv = "OpenCV",
                  standard = "the standard library", other = "another library";

struct Folder {
  std::string path;           // its files and those of the folders below that have no line of their own
  std::set<std::string> may;  // folders of ours, besides itself; a `/` at the end takes those below it too
  std::set<std::string> without;  // kinds of library
};

const std::set<std::string> pure{rpc, sockets, threads, other};

std::set<std::string> with(std::set<std::string> some, const std::set<std::string>& more) {
  some.insert(more.begin(), more.end());
  return some;
}

// What all rooms of the master build on; in the folder itself, its options.
const std::set<std::string> outside_of_master{"server/master",   "plugins/sdk",    "schema/",
                                              "server",          "server/engine",  "server/host/",
                                              "server/imageio/", "server/logging", "server/pixel_codec",
                                              "server/secret"};

const std::vector<Folder> layout{
    {"plugins/sdk", {}, pure},
    {"plugins", {"plugins/sdk"}, pure},
    {"schema/model", {}, {rpc, sockets, threads, opencv, other}},
    {"schema/wire", {"schema/model", "plugins/sdk", "server/engine"}, {sockets, threads}},
    {"schema/storage", {}, {rpc, sockets, threads, opencv}},
    {"schema/transport", {"schema/model", "schema/storage"}, {opencv}},
    {"server/engine", {"plugins/sdk", "schema/model"}, pure},
    {"server/imageio", {"plugins/sdk", "schema/model", "schema/storage", "server/engine"}, {rpc, sockets}},
    {"server/pixel_codec", {"plugins/sdk", "schema/model", "schema/transport"}, {sockets}},
    {"server/host", {"plugins/sdk", "schema/", "server/engine", "server/logging"}, {}},
    {"server/logging", {"schema/model"}, {rpc, sockets, threads, opencv}},
    {"server/secret", {"schema/model"}, {sockets, threads, opencv}},
    {"server/worker",
     {"plugins/sdk", "schema/", "server/engine", "server/host", "server/pixel_codec", "server/logging",
      "server/secret"},
     {}},
    {"server/master/dispatch", outside_of_master, {}},
    {"server/master/plugins", outside_of_master, {}},
    {"server/master/jobs", with(outside_of_master, {"server/master/dispatch", "server/master/plugins"}), {}},
    {"server/master/previews",
     with(outside_of_master, {"server/master/dispatch", "server/master/plugins", "server/master/jobs"}),
     {}},
    {"server/master/sessions", with(outside_of_master, {"server/master/"}), {}},
    {"server/master", {"plugins/sdk", "schema/", "server/"}, {}},
    {"server", {"plugins/sdk", "schema/", "server/"}, {}},
    {"client/session", {"schema/"}, {opencv}},
    {"client/admin", {"schema/", "client/session"}, {opencv}},
    {"client/document", {"schema/model"}, {rpc, sockets, threads, opencv}},
    {"client/preview", {"schema/model", "client/session"}, {rpc, sockets, opencv}},
    {"client/ui", {"schema/model", "client/document", "client/preview"}, {rpc, sockets, threads, opencv}},
    {"client/desktop", {"schema/", "client/"}, {rpc, sockets, opencv}},
    {"client", {"schema/model", "client/"}, {rpc, sockets}},
    {"client/common", {"schema/model"}, {rpc, sockets, opencv}},
    {"tools/admin", {"schema/model", "client/"}, {rpc, sockets, opencv}},
    {"tools/cli", {"schema/model", "client/"}, {rpc, sockets, opencv}},
    {"tools/plugin_check/suite", {"plugins/sdk", "schema/model", "server/engine"}, pure},
    // It forks children for unknown code, and a process with threads can't do that.
    {"tools/plugin_check",
     {"plugins/sdk", "schema/model", "server/engine", "server/host/", "client/common",
      "tools/plugin_check/suite"},
     {rpc, sockets, threads}},
};

const std::vector<std::string> none;

// What a client's program is made of; it must not reach the server by any way.
const std::vector<std::string> client_side{"client/", "tools/admin/", "tools/cli/"};

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

// The line of the table for a file: the longest path that fits.
const Folder* folder_of(const std::string& file) {
  const Folder* best = nullptr;
  for (const auto& folder : layout) {
    if (starts_with(file, folder.path + "/") && (!best || folder.path.size() > best->path.size())) {
      best = &folder;
    }
  }
  return best;
}

// The file of ours that an include means, by path from the root; empty for a library's.
std::string own_file(const std::string& from, const std::string& name, const SourceTree& tree) {
  const std::string beside = from.substr(0, from.rfind('/') + 1) + name;
  for (const auto& file : {name, "plugins/sdk/include/" + name, beside}) {
    if (tree.contains(file)) return file;
  }
  return {};
}

std::string kind_of_library(const std::string& name) {
  static const std::set<std::string> socket_headers{"sys/socket.h", "sys/un.h", "netinet/in.h", "arpa/inet.h",
                                                    "netdb.h"};
  static const std::set<std::string> thread_headers{
      "thread", "mutex",   "shared_mutex", "condition_variable", "future",   "semaphore",
      "latch",  "barrier", "stop_token",   "pthread.h",          "threads.h"};
  if (starts_with(name, "capnp/") || starts_with(name, "kj/")) return rpc;
  if (name.size() > 8 && name.substr(name.size() - 8) == ".capnp.h") return rpc;
  if (starts_with(name, "boost/asio/ip") || starts_with(name, "boost/beast") ||
      socket_headers.contains(name)) {
    return sockets;
  }
  if (thread_headers.contains(name)) return threads;
  if (starts_with(name, "opencv2/")) return opencv;
  // The binary contract is plain C, and the compiler brings the processor's instructions.
  const bool of_c = name == "stdint.h" || name == "stddef.h" || name == "immintrin.h";
  return of_c || name.find_first_of("/.") == std::string::npos ? standard : other;
}

bool allowed(const Folder& folder, const std::string& path_of_other) {
  if (path_of_other == folder.path || folder.may.contains(path_of_other)) return true;
  return std::any_of(folder.may.begin(), folder.may.end(), [&](const std::string& may) {
    return may.back() == '/' && starts_with(path_of_other + "/", may);
  });
}

// One sentence for each line that the table forbids.
std::vector<std::string> wrong_arrows(const SourceTree& tree) {
  std::vector<std::string> wrong;
  for (const auto& [file, includes] : tree) {
    const auto* folder = folder_of(file);
    if (!folder) {
      wrong.push_back(file + " lies in a folder that the table in arrows_test.cpp doesn't know");
      continue;
    }
    for (const auto& [name, line] : includes) {
      const auto where = file + ":" + std::to_string(line) + ": " + folder->path + " must not include ";
      if (const auto ours = own_file(file, name, tree); !ours.empty()) {
        const auto* target = folder_of(ours);
        if (target && !allowed(*folder, target->path)) wrong.push_back(where + target->path);
      } else if (const auto kind = kind_of_library(name); folder->without.contains(kind)) {
        wrong.push_back(where + kind + " (" + name + ")");
      }
    }
  }
  return wrong;
}

// Files that `file` includes, and those that these include, and so on.
void add_reached(const std::string& file, const SourceTree& tree, std::set<std::string>& reached) {
  for (const auto& include : tree.at(file)) {
    const auto ours = own_file(file, include.name, tree);
    if (!ours.empty() && reached.insert(ours).second) add_reached(ours, tree, reached);
  }
}

std::vector<std::string> ways_to_the_server(const SourceTree& tree) {
  std::vector<std::string> ways;
  for (const auto& [file, includes] : tree) {
    const bool client =
        std::any_of(client_side.begin(), client_side.end(),
                    [&, &file = file](const auto& folder) { return starts_with(file, folder); });
    if (!client) continue;
    std::set<std::string> reached;
    add_reached(file, tree, reached);
    for (const auto& other_file : reached) {
      if (starts_with(other_file, "server/")) ways.push_back(file + " reaches " + other_file);
    }
  }
  return ways;
}

SourceTree our_sources() {
  return read_sources(TILEWORK_SOURCE_DIR, {"plugins", "schema", "server", "client", "client/common",
                                            "tools/admin", "tools/cli", "tools/plugin_check"});
}

TEST_CASE("Folders include only what lies below them") {
  const auto tree = our_sources();
  CHECK(tree.size() > 50);
  CHECK(wrong_arrows(tree) == none);
}

TEST_CASE("Clients don't reach the server by any way") {
  CHECK(ways_to_the_server(our_sources()) == none);
}

TEST_CASE("Arrows that point the wrong way are found") {
  SourceTree tree{{"server/engine/plan.h", {{"schema/model/recipe.h", 1}, {"thread", 2}}},
                  {"schema/model/recipe.h", {{"server/engine/plan.h", 3}, {"string", 4}}},
                  {"schema/wire/stage.h", {{"server/engine/plan.h", 1}, {"capnp/message.h", 2}}},
                  {"client/session/session.h", {{"schema/wire/stage.h", 1}, {"schema/master.capnp.h", 2}}},
                  {"client/document/document.h", {{"schema/master.capnp.h", 5}}},
                  {"plugins/levels.h", {{"opencv2/core.hpp", 1}, {"boost/asio/post.hpp", 2}}},
                  {"plugins/equalize.cpp", {{"levels.h", 1}}}};
  CHECK(wrong_arrows(tree) ==
        std::vector<std::string>{
            "client/document/document.h:5: client/document must not include Cap'n Proto "
            "(schema/master.capnp.h)",
            "plugins/levels.h:2: plugins must not include another library (boost/asio/post.hpp)",
            "schema/model/recipe.h:3: schema/model must not include server/engine",
            "server/engine/plan.h:2: server/engine must not include threads (thread)"});
  CHECK(ways_to_the_server(tree) ==
        std::vector<std::string>{"client/session/session.h reaches server/engine/plan.h"});
}

TEST_CASE("Includes are read in all the ways they are written") {
  std::istringstream source("#include <a>\n  #  include \"b/c.h\"  // why\n// #include <d>\nint e;\n");
  const auto includes = includes_of(source);
  REQUIRE(includes.size() == 2);
  CHECK(includes[0].name == "a");
  CHECK(includes[1].name == "b/c.h");
  CHECK(includes[1].line == 2);
}

}  // namespace
}  // namespace tilework::test

// Plugins from afar: what administrators see of them, and do with them.
#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/cluster.h"
#include "tests/integration/live_plugins.h"

namespace tilework::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

json plugins_of(Cluster& cluster) {
  const auto finished = cluster.admin({"plugins", "--json"});
  INFO(finished.errors);
  REQUIRE(finished.code == 0);
  return json::parse(finished.output);
}

json plugin_named(Cluster& cluster, const std::string& file, const std::string& state = "current") {
  const json list = plugins_of(cluster);
  for (const auto& plugin : list.at("plugins")) {
    if (plugin.at("file") == file && plugin.at("state") == state) return plugin;
  }
  return json::object();
}

std::string version_file_of(Cluster& cluster, int number) {
  const std::string file = cluster.folder().file("version.so");
  write_bytes(file, version_bytes(number));
  return file;
}

TEST_CASE("an administrator installs a plugin, replaces it, rolls it back, withdraws it and brings it back") {
  Cluster cluster(1, {}, {"--plugins", "/nonexistent"});
  auto session = cluster.session();
  const auto admin = [&](const std::vector<std::string>& words) {
    const auto finished = cluster.admin(words);
    INFO(finished.errors);
    CHECK(finished.code == 0);
    return finished.output;
  };
  CHECK_THAT(admin({"plugin", "install", version_file_of(cluster, 1)}), Contains("version.so is installed"));
  CHECK(added_by(run_version(session, cluster)) == 1);
  wait_until("the worker to have it",
             [&] { return plugin_named(cluster, "version.so").value("workers", 0) == 1; });
  CHECK(plugin_named(cluster, "version.so").at("can_roll_back") == false);

  VersionJob job(session, cluster, "old", 20);
  job.wait_until_under_way();
  admin({"plugin", "install", version_file_of(cluster, 2)});
  CHECK(plugin_named(cluster, "version.so").at("can_roll_back") == true);
  CHECK(plugin_named(cluster, "version.so", "replaced").at("jobs") == 1);
  CHECK(added_by(run_version(session, cluster)) == 2);
  CHECK(added_by(job.outcome()) == 1);

  admin({"plugin", "rollback", "test-version"});  // by the filter's name
  CHECK(added_by(run_version(session, cluster)) == 1);
  admin({"plugin", "withdraw", "version"});
  CHECK_THROWS_WITH(run_version(session, cluster), Contains("test-version was withdrawn"));
  CHECK_FALSE(std::filesystem::exists(version_file(cluster)));
  admin({"plugin", "rollback", "version.so"});
  CHECK(added_by(run_version(session, cluster)) == 1);
}

TEST_CASE("a plugin that is refused isn't installed, and the reason is told") {
  Cluster cluster(1);
  const auto before = plugins_of(cluster);
  const auto refuses = [&](const std::string& name, const std::string& reason) {
    INFO(name);
    const std::string file = cluster.folder().file(name + ".so");
    std::filesystem::copy_file(live_plugin(name), file);
    const auto finished = cluster.admin({"plugin", "install", file});
    CHECK(finished.code == 4);
    CHECK_THAT(finished.errors, Contains(name + ".so is refused") && Contains(reason));
    CHECK_FALSE(std::filesystem::exists(plugin_folder(cluster) / (name + ".so")));
  };
  refuses("other_abi", "ABI number");
  refuses("no_plugin", "it is no Tilework plugin");
  refuses("lacks_library", "libtilework_test_missing.so");
  refuses("scan_crashes", "Segmentation fault");
  CHECK(plugins_of(cluster).at("plugins").size() == before.at("plugins").size());
  for (const auto& words : {std::vector<std::string>{"plugin", "withdraw", "no-such-plugin"},
                            std::vector<std::string>{"plugin", "rollback", "gaussian-blur"}}) {
    const auto finished = cluster.admin(words);
    CHECK(finished.code == 4);
    CHECK_FALSE(finished.errors.empty());
  }
}

TEST_CASE("files in the plugin folder that are refused are listed with their reason") {
  Cluster cluster(0);
  write_bytes(plugin_folder(cluster) / "text.so", "this is no library");
  wait_until("the refusal", [&] { return !plugins_of(cluster).at("refused").empty(); });
  const json refused = plugins_of(cluster).at("refused").at(0);
  CHECK(refused.at("file") == "text.so");
  CHECK(refused.at("reason") == "it is no shared library");
  CHECK_THAT(cluster.admin({"plugins"}).output, Contains("text.so") && Contains("it is no shared library"));
}

TEST_CASE("a plugin that leaves a thread running when it is loaded is refused by name, with what to do") {
  Cluster cluster(0);
  for (const std::string name : {"scan_joins_thread", "scan_leaves_thread"}) {
    std::filesystem::copy_file(live_plugin(name), plugin_folder(cluster) / (name + ".so"));
  }
  wait_until("the refusal", [&] { return !plugins_of(cluster).at("refused").empty(); });
  const json refused = plugins_of(cluster).at("refused");
  CHECK(refused.size() == 1);
  CHECK(refused.at(0).at("file") == "scan_leaves_thread.so");
  CHECK_THAT(cluster.admin({"plugins"}).output, Contains("scan_leaves_thread.so") &&
                                                    Contains("it left a thread running when it was loaded") &&
                                                    Contains("link a build without threads"));
  CHECK_THAT(line_of(cluster, "it is being loaded"),
             Contains("host says") && Contains("filters=scan_leaves_thread.so"));
  auto session = cluster.session();
  wait_for_offer(session, [](const FilterList& list) { return offers(list, "test-joins"); });
}

TEST_CASE("of what a plugin throws when it is loaded, the first thousand bytes are told") {
  Cluster cluster(0);
  std::filesystem::copy_file(live_plugin("scan_throws"), plugin_folder(cluster) / "scan_throws.so");
  wait_until("the refusal", [&] { return !plugins_of(cluster).at("refused").empty(); });
  const std::string reason = plugins_of(cluster).at("refused").at(0).at("reason");
  CHECK_THAT(reason, Contains("too many words xxx"));
  CHECK(reason.size() <= 1000);
  CHECK_THAT(cluster.admin({"plugins"}).output, !Contains(std::string(301, 'x')));
}

// Run by the test of the installed SDK, which builds it.
TEST_CASE("a plugin that was built outside of the repository works in a running cluster", "[.example]") {
  Cluster cluster(1, {}, {"--plugins", "/nonexistent"});
  auto session = cluster.session();
  std::filesystem::copy_file(TILEWORK_EXAMPLE_PLUGIN, plugin_folder(cluster) / "morphology.so");
  const auto list =
      wait_for_offer(session, [](const FilterList& offer) { return offers(offer, "morphology"); });
  const std::string photo = cluster.folder().file("photo.png");
  write_photo(photo, {700, 500});
  const auto apply = [&](const std::string& tile, const std::string& out) {
    const auto finished = cluster.tilework({"apply", photo, "-f", "morphology", "--tile", tile, "-o", out});
    INFO(finished.errors);
    CHECK(finished.code == 0);
    return bytes_of_file(out);
  };
  const std::string whole = apply("700x500", cluster.folder().file("whole.png"));
  CHECK(whole == apply("64", cluster.folder().file("tiled.png")));
  CHECK(whole != bytes_of_file(photo));
}

}  // namespace
}  // namespace tilework::test

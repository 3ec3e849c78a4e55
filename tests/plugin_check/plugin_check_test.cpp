// The tool as an author uses it: what it prints and how it ends.
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/plugin_check/tool.h"
#include "tests/support/temp_dir.h"

namespace tilework::test {
namespace {

using Catch::Contains;

const std::string merging = "stats merge in any order and grouping, and survive the way through bytes";
const std::string ours = TILEWORK_PLUGIN_DIR "/";

std::string bad(const std::string& name) {
  return checked_plugin("bad_" + name);
}
std::string odd(const std::string& name) {
  return checked_plugin("odd_" + name);
}
std::string live(const std::string& name) {
  return std::string(TILEWORK_LIVE_PLUGIN_DIR) + "/test_" + name + ".so";
}

std::string refusal_of(const std::string& file, const std::vector<std::string>& options = {}) {
  const auto report = report_on(file, options);
  CHECK(report["verdict"] == "refused");
  CHECK(report["checks"].empty());
  return report["reason"];
}

TEST_CASE("good plugins are good, local and global") {
  const auto sharpen = report_on(ours + "sharpen.so", {"--quick"}, 0);
  CHECK(sharpen["verdict"] == "good");
  CHECK(sharpen["filters"][0]["name"] == "sharpen");
  CHECK(sharpen["checks"].size() >= 10);
  CHECK(check_in(sharpen, small_images)["verdict"] == "good");
  CHECK(check_in(sharpen, small_images)["cases"] == 15);
  CHECK(check_in(sharpen, merging)["verdict"] == "not applicable");
  const auto equalize = report_on(ours + "equalize.so", {"--quick"}, 0);
  CHECK(check_in(equalize, merging)["verdict"] == "good");
  CHECK(check_in(equalize, merging)["cases"] > 0);
}

TEST_CASE("all the cases are tried unless told otherwise, and from the seed that was asked for") {
  const auto report = report_on(ours + "invert.so", {"--seed", "41"}, 0);
  CHECK(check_in(report, small_images)["cases"] == 150);
  const auto narrow = report_on(bad("narrow_halo"), {"--quick"});
  const std::uint64_t seed = check_in(narrow, small_images)["findings"][0]["seed"];
  const auto again = report_on(bad("narrow_halo"), {"--quick", "--seed", std::to_string(seed)});
  CHECK(check_in(again, small_images)["findings"][0] == check_in(narrow, small_images)["findings"][0]);
}

TEST_CASE("what a master would refuse is refused with its words") {
  CHECK_THAT(refusal_of(live("other_abi")), Contains("it was built for ABI number 3"));
  CHECK_THAT(refusal_of(live("no_plugin")), Contains("it is no Tilework plugin"));
  CHECK_THAT(refusal_of(live("lacks_library")), Contains("libtilework_test_missing.so"));
  CHECK_THAT(refusal_of(live("scan_crashes")),
             Contains("while it was loaded: it crashed (Segmentation fault)"));
  CHECK_THAT(refusal_of(live("scan_leaves_thread")), Contains("it left a thread running when it was loaded"));
  CHECK(refusal_of(live("scan_hangs"), {"--seconds", "1"}) == "while it was loaded: it took longer than 1 s");
}

TEST_CASE("a file that was cut off is refused") {
  const TempDir folder;
  const std::string file = folder.file("cut.so");
  std::filesystem::copy_file(ours + "invert.so", file);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  CHECK_THAT(refusal_of(file), Contains("it is cut off"));
}

TEST_CASE("a file of a name that masters don't look at is refused") {
  const TempDir folder;
  for (const char* name : {"invert.so.1", ".invert.so"}) {
    const std::string file = folder.file(name);
    std::filesystem::copy_file(ours + "invert.so", file);
    CHECK_THAT(refusal_of(file), Contains("its name"));
  }
}

TEST_CASE("of two plugins with one filter the second is refused, and the first is checked") {
  const TempDir folder;
  const std::string copy = folder.file("copy.so");
  std::filesystem::copy_file(ours + "invert.so", copy);
  const auto finished = check({"--quick", ours + "invert.so", copy});
  CHECK(finished.code == 4);
  CHECK_THAT(finished.output, Contains(ours + "invert.so: good"));
  CHECK_THAT(finished.output, Contains("already exports a filter invert"));
}

TEST_CASE("a detector is checked for what it finds, and its kind is told") {
  const auto good = report_on(ours + "find_spots.so", {"--quick"}, 0);
  CHECK(good["filters"][0]["kind"] == "detector");
  CHECK(check_in(good, merging)["verdict"] == "not applicable");
  const auto report = report_on(bad("far_detector"), {"--quick"});
  CHECK(report["verdict"] == "failed");
  const auto finding = check_in(report, small_images)["findings"].at(0);
  CHECK_THAT(finding["what"].get<std::string>(), Contains("findings differ") && Contains("bright 1x1 at"));
}

TEST_CASE("a halo that is too small leaves a seam, which is found and described") {
  const auto report = report_on(bad("narrow_halo"), {"--quick"});
  CHECK(report["verdict"] == "failed");
  const auto found = check_in(report, small_images);
  CHECK(found["verdict"] == "failed");
  const auto finding = found["findings"].at(0);
  CHECK_THAT(finding["filters"].get<std::string>(), Contains("test-narrow-halo"));
  CHECK_THAT(finding["image"].get<std::string>(), Catch::Matches("[0-9]+x[0-9]+"));
  CHECK_THAT(finding["format"].get<std::string>(), Catch::StartsWith("CV_"));
  CHECK_THAT(finding["tile"].get<std::string>(), Catch::Matches("[0-9]+x[0-9]+"));
  CHECK_THAT(finding["what"].get<std::string>(), Contains("first at x="));
  CHECK(check_in(report, "the result has the format that was declared, and alpha")["verdict"] == "good");
}

TEST_CASE("a merge that forgets is found") {
  const auto report = report_on(bad("wrong_merge"), {"--quick"});
  CHECK(check_in(report, merging)["verdict"] == "failed");
  CHECK(check_in(report, small_images)["verdict"] == "failed");
}

TEST_CASE("a result of another size or type than was declared is found") {
  const auto report = report_on(bad("wrong_output"), {"--quick"});
  std::string said;
  const auto found = check_in(report, small_images);
  for (const auto& finding : found["findings"]) {
    said += finding["what"].get<std::string>() + "\n";
  }
  CHECK_THAT(said, Contains("test-wrong-size 1.0.0 failed to run: it returned"));
  CHECK_THAT(said, Contains("test-wrong-type 1.0.0 failed to run: it returned"));
}

TEST_CASE("a crash is told with its signal, its check and its case, and the other checks go on") {
  const auto report = report_on(bad("crashes"), {});
  const auto crashed = check_in(report, small_images);
  CHECK(crashed["verdict"] == "failed");
  const auto finding = crashed["findings"].back();
  CHECK(finding["what"] == "it crashed (Segmentation fault)");
  CHECK(finding["filters"] == "test-crashes-later");
  CHECK(finding["seed"] == crashed["cases"]);  // the first seeds were survived, and the last case is the one
  CHECK(check_in(report, "the result has the format that was declared, and alpha")["verdict"] == "good");
}

TEST_CASE("a plugin that ends the process isn't good") {
  const auto report = report_on(bad("exits"), {"--quick"});
  CHECK(check_in(report, small_images)["findings"][0]["what"] == "it called exit(0)");
}

TEST_CASE("a plugin that hangs is stopped, and what it prints doesn't spoil the report") {
  const auto report = report_on(bad("hangs"), {"--quick", "--seconds", "1"});
  const auto finding = check_in(report, small_images)["findings"].at(0);
  CHECK_THAT(finding["what"].get<std::string>(), Contains("--seconds"));
  CHECK(finding["filters"] == "test-hangs-forever");
}

TEST_CASE("the time limit is each case's own, so that a slow filter can be good") {
  const auto report = report_on(odd("slow"), {"--quick", "--seconds", "1"}, 0);
  CHECK(check_in(report, chains)["verdict"] == "good");
  CHECK(check_in(report, chains)["seconds"] > 1.0);
}

TEST_CASE("a process that a plugin leaves behind doesn't hold a check up") {
  const auto report = report_on(odd("leaves_child"), {"--quick", "--seconds", "20"}, 0);
  for (const auto& check : report["checks"]) CHECK(check["seconds"] < 20.0);
}

TEST_CASE("the text names every check, its verdict and what is wrong") {
  const auto finished = check({"--quick", bad("narrow_halo")});
  CHECK(finished.code == 4);
  CHECK_THAT(finished.output, Contains("test-narrow-halo 1.0.0"));
  CHECK_THAT(finished.output, Contains("  FAILED  " + small_images));
  CHECK_THAT(finished.output, Contains("  -       " + merging));
  CHECK_THAT(finished.output, Contains("seed 1: test-narrow-halo on "));
  CHECK_THAT(finished.output, Contains("test_bad_narrow_halo.so: failed "));
}

TEST_CASE("mistakes end with exit code 2, and help with 0") {
  CHECK(check({}).code == 2);
  CHECK(check({"--no-such-option", ours + "invert.so"}).code == 2);
  CHECK(check({"--seed", "many", ours + "invert.so"}).code == 2);
  const auto missing = check({"/nonexistent/plugin.so"});
  CHECK(missing.code == 2);
  CHECK_THAT(missing.output, Contains("it can't be opened: No such file or directory"));
  CHECK(check({TILEWORK_PLUGIN_DIR}).code == 2);
  // What is wrong with one plugin weighs more than a file that isn't there.
  CHECK(check({"/nonexistent/plugin.so", live("no_plugin")}).code == 4);
  const auto help = check({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.output, Contains("Examples:"));
}

// Sanitizers open pipes of their own to look at memory, and can't do it with one descriptor.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("that no process can be started is told, and is no fault of the plugin's") {
  // With one file descriptor left it can open the file, and have no child. CTest leaves some of its own open.
  const std::string starve = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 4; exec \"$0\" \"$@\"";
  const TempDir folder;
  const auto alone =
      run({"/bin/sh", "-c", starve, TILEWORK_PLUGIN_CHECK, ours + "invert.so"}, folder.path() / "alone");
  CHECK(alone.code == 2);
  CHECK_THAT(alone.errors, Contains("tilework-plugin-check: ") && Contains("Too many open files"));
}
#endif

}  // namespace
}  // namespace tilework::test

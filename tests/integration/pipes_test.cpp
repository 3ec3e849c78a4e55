// Images that come by pipes and go by pipes, from a shell as users write it.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/integration/cluster.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

// A folder with an image, and a shell in it.
class Desk {
 public:
  explicit Desk(const std::string& image = "in.png") {
    write_photo(at(image), {331, 257});
    run_reference(at(image), at("reference.png"), {{"invert", {}}});
  }

  // `tilework` is a command there, and so is `invert IMAGE MORE...`. What the last command of the line says.
  Finished shell(const std::string& line) {
    const std::string start = "cd '" + cluster.folder().path().string() +
                              "'; export TILEWORK_MASTER=" + cluster.address() + "; tilework() { '" +
                              program("tilework") +
                              "' \"$@\"; }; invert() { tilework apply -f invert \"$@\"; }; ";
    return run({"/bin/bash", "-c", start + line}, at("shell"));
  }

  std::string at(const std::string& name) { return cluster.folder().file(name); }
  std::string bytes(const std::string& name) { return bytes_of_file(at(name)); }
  bool is_inverted(const std::string& name) { return bytes(name) == bytes("reference.png"); }

  Cluster cluster{1};
};

}  // namespace

TEST_CASE("an image flows from a pipe into a pipe, and nothing else does") {
  Desk desk;
  const auto piped = desk.shell("cat in.png | invert - -o - | cat > out.png; echo ${PIPESTATUS[*]}");
  INFO(piped.errors);
  CHECK(piped.output == "0 0 0\n");
  CHECK_THAT(piped.errors, Catch::Contains("standard output: 331x257 pixels"));
  CHECK(desk.is_inverted("out.png"));
  CHECK(desk.shell("invert - -o - < in.png > file.png").code == 0);
  CHECK(desk.is_inverted("file.png"));
  CHECK(desk.shell("invert in.png -o /dev/stdout -q | cat > named.png").errors.empty());
  CHECK(desk.is_inverted("named.png"));
  CHECK(desk.shell("invert - -o - < in.png | invert - -o twice.png").code == 0);
  CHECK(desk.shell("invert reference.png -o twice-by-file.png").code == 0);
  CHECK_THAT(difference_of_files(desk.at("twice.png"), desk.at("twice-by-file.png")), Catch::Equals(""));
}

TEST_CASE("a large image comes in pieces, and its result goes in pieces") {
  Desk desk("in.tif");
  write_photo(desk.at("large.tif"), {1500, 1100});  // 5 MB
  run_reference(desk.at("large.tif"), desk.at("reference.tif"), {{"invert", {}}});
  const auto piped =
      desk.shell("(head -c 5; cat) < large.tif | invert - -o - | dd bs=5000 status=none > out.tif");
  INFO(piped.errors);
  CHECK_THAT(difference_of_files(desk.at("out.tif"), desk.at("reference.tif")), Catch::Equals(""));
}

TEST_CASE("on standard output, the format is that of the image's content, or the one that is wished for") {
  Desk desk;
  fs::copy_file(desk.at("in.png"), desk.at("in.dat"));
  CHECK(desk.shell("invert in.dat -o - > out.png").code == 0);
  CHECK(desk.is_inverted("out.png"));
  CHECK(desk.shell("invert - --format tiff -o - < in.png > out.tif").code == 0);
  CHECK_THAT(desk.bytes("out.tif"), Catch::StartsWith("II"));
  CHECK(desk.shell("invert - -o out.jpg < in.png").code == 0);
  CHECK_THAT(desk.bytes("out.jpg"), Catch::StartsWith("\xff\xd8\xff"));
  CHECK(desk.shell("invert - in.dat --format png -o results/ < in.png").code == 0);
  CHECK(desk.is_inverted("results/stdin.png"));
  CHECK(desk.is_inverted("results/in.png"));
}

TEST_CASE("FIFOs and devices take a result as standard output does") {
  Desk desk;
  CHECK(desk.shell("invert in.png -o /dev/null").code == 0);
  REQUIRE(::mkfifo(desk.at("fifo").c_str(), 0600) == 0);
  CHECK(desk.shell("cat fifo > out.png & invert in.png -o fifo; code=$?; wait; exit $code").code == 0);
  CHECK(desk.is_inverted("out.png"));
  CHECK(desk.shell("invert in.png -o >(cat > substituted.png; mv substituted.png moved.png)").code == 0);
  wait_until("the other process", [&] { return fs::exists(desk.at("moved.png")); });
  CHECK(desk.is_inverted("moved.png"));
}

TEST_CASE("what can't flow is one clear line and an exit code") {
  Desk desk;
  struct Case {
    std::string line;
    int code;
    std::string said;
  };
  const std::vector<Case> cases{
      {"invert - -o - < /dev/null", 2, "standard input is empty"},
      {"invert - -o - <&-", 2, "standard input is empty"},
      {"invert - -o - < .", 2, "standard input can't be read: Is a directory"},
      {"echo dear diary, this is no image | invert - -o -", 2, "standard input is not of a format"},
      {"echo dear diary, this is no image | invert - -o out.png", 2, "standard input is not an image"},
      {"head -c 3000 in.png | invert - -o out.png", 2, "standard input"},
      {"invert - - -o out/ < in.png", 2, "one of the images"},
      {"invert in.png - -o - < in.png", 2, "standard output takes the result of one image"},
      {"invert in.png -o - --json", 2, "standard output takes one thing"},
      {"invert in.png -o - --findings -", 2, "standard output takes one thing"},
      {"invert in.png -o - >&-", 2, "standard output"},
      {"invert in.png -o - >> in.png", 2, "standard output is the input in.png"},
      {"invert - -o in.png < in.png", 2, "in.png is the input standard input"},
      {"TMPDIR=nowhere invert - -o out.png < in.png", 2, "TMPDIR"},
      {"invert in.png -o - > /dev/full", 4, "standard output can't be written: No space left"},
      {"invert in.png -o - | true; exit ${PIPESTATUS[0]}", 4, "its reader went away"},
      {"(ulimit -f 8; trap '' XFSZ; invert - -o out.png < in.png)", 4, "standard input can't be stored"},
      {"tilework filters > /dev/full", 4, "standard output can't be written"},
      {"script -qec \"'" + program("tilework") + "' apply -f invert in.png -o -\" /dev/null < /dev/null >&2",
       2, "standard output is a terminal"},
  };
  const auto size = fs::file_size(desk.at("in.png"));
  for (const auto& [line, code, said] : cases) {
    INFO(line);
    const auto finished = desk.shell(line);
    INFO(finished.errors);
    CHECK(finished.code == code);
    CHECK_THAT(finished.errors, Catch::Contains(said));
    CHECK(finished.output.empty());
    CHECK_FALSE(fs::exists(desk.at("out.png")));
    CHECK_FALSE(fs::exists(desk.at("out")));
    CHECK(fs::file_size(desk.at("in.png")) == size);
  }
}

TEST_CASE("a mistake is told before the rest of a pipe has come") {
  Desk desk;
  REQUIRE(::mkfifo(desk.at("fifo").c_str(), 0600) == 0);
  const auto finished = desk.shell("exec 3<>fifo; head -c 100 in.png >&3; timeout 30 '" +
                                   program("tilework") + "' apply -f invert - -o nowhere/out.png <&3");
  CHECK(finished.code == 2);
}

TEST_CASE("Ctrl-C ends the wait for a pipe") {
  Desk desk;
  REQUIRE(::mkfifo(desk.at("fifo").c_str(), 0600) == 0);
  const std::string apply = "'" + program("tilework") + "' apply -f invert ";
  for (const std::string& line : {apply + "- -o out.png <&3", apply + "in.png -o fifo"}) {
    INFO(line);
    // It has its temporary file when it listens to signals already, and waits or is about to.
    const auto finished =
        desk.shell("exec 3<>fifo; set -m; " + line +
                   " & until ls -l /proc/$!/fd | grep -q deleted; do :; done; kill -INT $!; wait $!");
    CHECK(finished.code == 130);
    CHECK_THAT(finished.errors, Catch::Contains("interrupted"));
  }
  CHECK_FALSE(fs::exists(desk.at("out.png")));
}

TEST_CASE("findings flow as CSV") {
  Desk desk;
  const auto finished = desk.shell("tilework apply in.png -f find-spots -o out.png --findings - 2> told");
  CHECK(finished.code == 0);
  CHECK_THAT(finished.output, Catch::StartsWith("image,label,left,top,width,height,score\n"));
  CHECK_FALSE(fs::exists(desk.at("-")));
  fs::create_symlink("real.csv", desk.at("link.csv"));
  CHECK(desk.shell("tilework apply in.png -f find-spots -o out.png --findings link.csv").code == 0);
  CHECK(fs::is_symlink(desk.at("link.csv")));
  CHECK(desk.bytes("real.csv") == finished.output);
}

TEST_CASE("names that begin with a dash can be given, and are asked for with a hint") {
  Desk desk;
  fs::copy_file(desk.at("in.png"), desk.at("-dash.png"));
  CHECK(desk.shell("invert -o out.png -- -dash.png").code == 0);
  CHECK(desk.is_inverted("out.png"));
  CHECK(desk.shell("invert ./-dash.png -o results/").code == 0);
  CHECK(desk.is_inverted("results/-dash.png"));
  const auto missed = desk.shell("invert -dash.png -o more.png");
  CHECK(missed.code == 2);
  CHECK_THAT(missed.errors, Catch::Contains("put -- before it, or ./ in front"));
  const auto plugin = desk.shell("'" + program("tilework-admin") + "' plugin install -new.so");
  CHECK(plugin.code == 2);
  CHECK_THAT(plugin.errors, Catch::Contains("put -- before it, or ./ in front"));
}

}  // namespace tilework::test

// What the command line says: progress, results, errors, tables and exit codes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client/common/command_line.h"
#include "client/common/exit_code.h"
#include "client/common/findings_text.h"
#include "client/common/text.h"
#include "tools/cli/apply_report.h"
#include "tools/cli/filters_text.h"
#include "tools/cli/progress_text.h"
#include "tools/cli/tile_size.h"

using namespace tilework;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using cli::Activity;
using cli::Phase;

namespace {

cli::ImageReport done() {
  client::JobOutcome outcome;
  outcome.result.bytes = 5'100'000;
  outcome.result.width = 4000;
  outcome.result.height = 3000;
  outcome.result.segments = 12;
  outcome.masters = {"a:7400"};
  outcome.upload = 20ms;
  outcome.run = 1200ms;
  outcome.download = 100ms;
  return {{"photo.jpg", "photo.jpg", "out.png", "png"}, outcome, {}};
}

cli::ImageReport failed(const Error& error) {
  return {{"photo.jpg", "photo.jpg", "out.png", "png"}, {}, error};
}

}  // namespace

TEST_CASE("findings are counted, by label where there are several") {
  const std::vector<Finding> spots(2, Finding{{1, 2, 3, 4}, "spot", 0.5});
  CHECK(cli::findings_summary({}) == "0 findings");
  CHECK(cli::findings_summary({spots[0]}) == "1 finding");
  CHECK(cli::findings_summary({spots[0], {{}, "dust", 1}, spots[1]}) == "3 findings (2 spot, 1 dust)");
  auto report = done();
  CHECK_THAT(cli::success_line(report, 0us), !Contains("finding"));
  report.detects = true;
  CHECK_THAT(cli::success_line(report, 0us), Contains(", 0 findings"));
}

TEST_CASE("findings are written as CSV, quoted where it must be, and as JSON") {
  const std::vector<Finding> first{{{1, 2, 3, 4}, "a \"cell\", round", 0.1}}, none,
      last{{{0, 0, 1, 1}, "dot", 2}};
  const std::vector<cli::ImageFindings> images{{"a.png", &first}, {"b.png", &none}, {"c,d.png", &last}};
  CHECK(cli::findings_text("x.csv", images) ==
        "image,label,left,top,width,height,score\n"
        "a.png,\"a \"\"cell\"\", round\",1,2,3,4,0.1\n"
        "\"c,d.png\",dot,0,0,1,1,2\n");
  const auto json = nlohmann::json::parse(cli::findings_text("x.json", images));
  REQUIRE(json.size() == 2);
  CHECK(json[0]["label"] == "a \"cell\", round");
  CHECK(json[0]["score"] == 0.1);
  CHECK(json[1]["image"] == "c,d.png");
  CHECK(json[1]["height"] == 1);
  CHECK_THROWS_AS(cli::check_findings_file("x.txt"), UserError);
}

TEST_CASE("each kind of fault has its exit code, and the gravest counts") {
  CHECK(cli::exit_code(Fault::user) == 2);
  CHECK(cli::exit_code(Fault::unreachable) == 3);
  CHECK(cli::exit_code(Fault::failed) == 4);
  CHECK(cli::exit_code(Fault::cancelled) == 130);
  const auto code = [](std::vector<Fault> faults) { return static_cast<int>(cli::exit_code(faults)); };
  CHECK(code({}) == 0);
  CHECK(code({Fault::user, Fault::failed}) == 4);
  CHECK(code({Fault::failed, Fault::unreachable, Fault::user}) == 3);
  CHECK(code({Fault::unreachable, Fault::cancelled}) == 130);
}

TEST_CASE("a tile's size is one number or two") {
  CHECK(cli::parse_tile("512") == cli::TileSize{512, 512});
  CHECK(cli::parse_tile("2048x256") == cli::TileSize{2048, 256});
  for (const char* wrong : {"", "x", "512x", "x512", "0", "-1", "5x0", "5.5", "5x5x5", "99999999999", " 5"}) {
    INFO(wrong);
    CHECK_THROWS_AS(cli::parse_tile(wrong), UserError);
  }
}

TEST_CASE("words from elsewhere can't control the terminal or break the line") {
  CHECK(cli::printable("a\x1b[2Jb\nc\rd\x7f") == "a [2Jb c d ");
  CHECK(cli::printable("caf\xc3\xa9 \xc2\x9b") == "caf\xc3\xa9  ");
}

TEST_CASE("times and sizes read well") {
  CHECK(cli::duration_text(20ms) == "0.02 s");
  CHECK(cli::duration_text(9996ms) == "10.0 s");
  CHECK(cli::duration_text(59'970ms) == "1 min 00 s");
  CHECK(cli::duration_text(185s) == "3 min 05 s");
  CHECK(cli::bytes_text(999) == "999 bytes");
  CHECK(cli::bytes_text(1000) == "1.0 kB");
  CHECK(cli::bytes_text(5'149'000) == "5.1 MB");
  CHECK(cli::bytes_text(999'990'000) == "1.0 GB");
}

TEST_CASE("a table's columns are as wide as their widest cell, in characters") {
  CHECK(cli::table({{"A", "B"}, {"gr\xc3\xbc\xc3\x9f", "x"}, {"longer", ""}}) ==
        "A       B\ngr\xc3\xbc\xc3\x9f    x\nlonger\n");
}

TEST_CASE("time left is judged by the time taken so far") {
  CHECK(cli::time_left({Phase::running, 25, 100, 1s}) == 3s);
  CHECK(cli::time_left({Phase::running, 0, 100, 1s}) == 0s);
  CHECK(cli::time_left({Phase::running, 1, 100, 100ms}) == 0s);  // too early to say
  CHECK(cli::time_left({Phase::running, 101, 100, 1s}) == 0s);
}

TEST_CASE("a progress line has bar, percent, segments, speed and time left") {
  CHECK(cli::progress_line("photo.jpg", {Phase::running, 25, 100, 1s}, 120) ==
        "photo.jpg                 [======>                 ]  25 %  25/100 segments  25/s  3 s left");
  CHECK_THAT(cli::progress_line("photo.jpg", {Phase::uploading, 2'000'000, 4'000'000, 1s}, 120),
             Contains(" 50 %  uploading  2.0 MB/s  1 s left"));
  CHECK_THAT(cli::progress_line("photo.jpg", {Phase::no_worker, 1, 2, 1s}, 120),
             Contains("waits for a worker"));
  CHECK_THAT(cli::progress_line("photo.jpg", {Phase::no_master, 0, 0, 1s}, 120),
             Contains("looks for a master"));
  // A master that counts wrong doesn't break the bar.
  CHECK_THAT(cli::progress_line("photo.jpg", {Phase::running, 300, 100, 1s}, 120), Contains("100 %"));
  CHECK_THAT(cli::progress_line("photo.jpg", {Phase::running, 0, 0, 1s}, 120), Contains("  0 %"));
}

TEST_CASE("a progress line fits the terminal, and shows the end of a long name") {
  const std::string name = "holiday/2024/a-very-long-name-\xc3\xa9\xc3\xa9.jpg";
  const auto line = cli::progress_line(name, {Phase::running, 25, 100, 1s}, 40);
  CHECK(cli::width_of(line) == 40);
  CHECK_THAT(line, Contains("-\xc3\xa9\xc3\xa9.jpg"));
}

TEST_CASE("a result says where it lies and how long each part took") {
  CHECK(cli::success_line(done(), 800ms) ==
        "out.png: 4000x3000 pixels, 5.1 MB, in 2.12 s (cluster start 0.80 s, upload 0.02 s, run 1.20 s, "
        "download 0.10 s)");
  CHECK(cli::success_line(done(), 0s) ==
        "out.png: 4000x3000 pixels, 5.1 MB, in 1.32 s (upload 0.02 s, run 1.20 s, download 0.10 s)");
}

TEST_CASE("a result that took several masters says so, and what they cost") {
  auto moved = done();
  moved.outcome->masters = {"a:7400", "b:7400"};
  moved.outcome->lost = 2s;
  CHECK(cli::success_line(moved, 0s) ==
        "out.png: 4000x3000 pixels, 5.1 MB, in 3.32 s (upload 0.02 s, run 1.20 s, download 0.10 s, lost 2.00 "
        "s), masters: a:7400, b:7400");
  const auto told = cli::to_json(moved, 0s);
  CHECK(told["masters"] == nlohmann::json{"a:7400", "b:7400"});
  CHECK(told["seconds"]["lost"] == Approx(2));
  CHECK(cli::to_json(done(), 0s)["masters"] == nlohmann::json{"a:7400"});
}

TEST_CASE("a lost master is told with its reason and the next one") {
  CHECK(cli::move_line({"a:7400", "b:7400", "the connection was closed", 2}) ==
        "tilework: the master at a:7400 was lost (the connection was closed); going on with b:7400");
  CHECK(cli::move_line({"a:7400", "a:7400", "it has not answered for 10 s", 2}) ==
        "tilework: the master at a:7400 was lost (it has not answered for 10 s); going on with it, as it is "
        "back");
}

TEST_CASE("an error names its image once") {
  CHECK(cli::error_line(failed(UserError("photo.jpg is damaged"))) == "tilework: photo.jpg is damaged");
  CHECK(cli::error_line(failed(Error(Fault::failed, "blur crashed"))) == "tilework: photo.jpg: blur crashed");
}

TEST_CASE("a summary counts what was done, failed and was cancelled") {
  const auto bad = failed(UserError("no image"));
  const auto ended = failed(Error(Fault::cancelled, "cancelled"));
  CHECK(cli::summary_line({done(), done()}, 2s, 0s) == "2 images in 2.00 s");
  CHECK(cli::summary_line({done(), bad, ended}, 2s, 1s) ==
        "1 of 3 images in 3.00 s (cluster start 1.00 s); 1 failed; 1 cancelled");
}

TEST_CASE("scripts get results and errors as JSON") {
  const auto good = cli::to_json(done(), 800ms);
  CHECK(good["status"] == "done");
  CHECK(good["output"] == "out.png");
  CHECK(good["error"].is_null());
  CHECK(good["segments"] == 12);
  CHECK(good["seconds"]["run"] == Approx(1.2));
  const auto bad = cli::to_json(failed(UserError("no image")), 0s);
  CHECK(bad["status"] == "failed");
  CHECK(bad["error"] == nlohmann::json{{"fault", "user"}, {"text", "no image"}});
  CHECK(bad["output"].is_null());
}

TEST_CASE("filters are listed by group and name, with a line for each parameter") {
  ParameterDescription size;
  size.name = "size";
  size.unit = "px";
  size.type = ParameterType::odd;
  size.minimum = 1;
  size.maximum = 255;
  size.initial = {31, 0, 0};
  ParameterDescription on;
  on.name = "on";
  on.type = ParameterType::boolean;
  FilterDescription blur;
  blur.name = "blur";
  blur.label = "Blur";
  blur.group = "Smoothing";
  blur.depths = 0b101;
  blur.channels = 0b1010;
  blur.parameters = {size, on};
  FilterDescription invert;
  invert.name = "invert";
  invert.group = "Colour";
  const auto all = cli::listed({{"blur.so", "0123456789abcdef", {blur}}, {"invert.so", "", {invert}}});
  CHECK(cli::filters_table(all) ==
        "NAME    LABEL  GROUP      PARAMETERS\n"
        "invert         Colour\n"
        "blur    Blur   Smoothing  size=31 (1 to 255, odd, px)\n"
        "                          on=false (true or false)\n");
  const auto page = cli::filter_page(all[1]);
  CHECK_THAT(page, Contains("8 bit, float; 1, 3 channels") && Contains("digest 0123456789ab\n") &&
                       Contains("-f blur:size=31,on=false -o out.png"));
  const auto json = cli::to_json(all[1]);
  CHECK(json["channels"] == nlohmann::json{1, 3});
  CHECK(json["parameters"][0]["default"] == 31);
  CHECK(json["parameters"][1]["default"] == false);
}

TEST_CASE("bytes that are no text, and what a terminal would obey, are not said") {
  CHECK(cli::printable("a\nb\x1b[31m\x7f") == "a b [31m ");
  CHECK(cli::printable("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x96\xbc") ==
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x96\xbc");
  CHECK(cli::printable("\xc2\x9b"
                       "31m") == " 31m");  // CSI
  CHECK(cli::printable("\x9b"
                       "31m\xff\xc3") == "?31m??");
  CHECK(cli::printable("\xc0\x9b\xe0\x80\x9b\xed\xa0\x80\xf4\x90\x80\x80") == std::string(12, '?'));
}

TEST_CASE("names that look like options get a hint, and options don't") {
  const auto hint = [](std::vector<const char*> words) { return cli::dash_hint(words); };
  CHECK_THAT(hint({"apply", "-dash.png"}), Contains("put -- before it") && Contains("./-dash.png"));
  CHECK_THAT(hint({"--old.so"}), Contains("./--old.so"));
  CHECK(hint({"apply", "a.png", "-", "-o", "--tile", "-o./b.png", "--chroma=4:2:0", "-0.5"}).empty());
  CHECK(hint({"--", "-dash.png"}).empty());
}

TEST_CASE("a dash is shown as the standard input or output that it is") {
  auto report = done();
  report.task.output = "-";
  CHECK_THAT(cli::success_line(report, 0us), Catch::StartsWith("standard output: 4000x3000"));
  report = failed(UserError("it is not an image"));
  report.task.name = "-";
  CHECK(cli::error_line(report) == "tilework: standard input: it is not an image");
}

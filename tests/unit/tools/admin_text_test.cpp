// What tilework-admin shows: tables, JSON, and what fits on a screen.
#include <catch2/catch.hpp>

#include "tools/admin/json.h"
#include "tools/admin/screen.h"
#include "tools/admin/tables.h"

using namespace tilework;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

WorkerDetails worker(const std::string& name, std::uint64_t id) {
  WorkerDetails worker;
  worker.name = name;
  worker.id = id;
  worker.slots = 4;
  worker.busy_slots = 3;
  worker.segments_done = 1200;
  worker.failures = 2;
  worker.resident_bytes = 512'000'000;
  worker.address = "192.0.2.7:5123";
  worker.heartbeat_age = 1400ms;
  worker.cpu_percent = 287.6;
  worker.version = "0.1.0";
  return worker;
}

PluginDetails plugin(const std::string& file, PluginState state) {
  PluginDetails details;
  FilterDescription blur;
  blur.name = "blur";
  blur.version = "1.2.0";
  details.plugin = {file, "0123456789abcdef0123", {blur}};
  details.workers = 2;
  details.state = state;
  details.age = 3h;
  return details;
}

JobSummary job(const std::string& id, JobState state) {
  JobSummary job;
  job.id = id;
  job.image = "holiday/photo.jpg";
  job.client = "tilework";
  job.recipe = "blur, sharpen";
  job.state = state;
  job.segments_done = 5;
  job.segments_total = 20;
  job.age = 90s;
  job.run_time = 2500ms;
  return job;
}

}  // namespace

TEST_CASE("ages are told in the unit that matters") {
  CHECK(admin::age_text(400ms) == "0 s");
  CHECK(admin::age_text(59'900ms) == "59 s");
  CHECK(admin::age_text(60s) == "1 min");
  CHECK(admin::age_text(60min) == "1 h");
  CHECK(admin::age_text(47h) == "47 h");
  CHECK(admin::age_text(48h) == "2 d");
  CHECK(admin::age_text(-5s) == "0 s");
}

TEST_CASE("workers are sorted by name, numbers in it as numbers") {
  auto drained = worker("local-2", 7);
  drained.state = WorkerState::drained;
  CHECK(admin::workers_table({worker("local-10", 3), drained, worker("local-2", 5)}) ==
        "WORKER    ID  ADDRESS         STATE    BUSY  CPU    MEMORY    DONE  FAILED  SENT     RECEIVED  "
        "HEARTBEAT  VERSION\n"
        "local-2   5   192.0.2.7:5123  ready    3/4   288 %  512.0 MB  1200  2       0 bytes  0 bytes   1 s "
        "ago    0.1.0\n"
        "local-2   7   192.0.2.7:5123  drained  3/4   288 %  512.0 MB  1200  2       0 bytes  0 bytes   1 s "
        "ago    0.1.0\n"
        "local-10  3   192.0.2.7:5123  ready    3/4   288 %  512.0 MB  1200  2       0 bytes  0 bytes   1 s "
        "ago    0.1.0\n");
}

TEST_CASE("empty lists say so in a sentence") {
  CHECK(admin::workers_table({}) == "No worker is connected.\n");
  CHECK_THAT(admin::jobs_table({}), Contains("There are no jobs"));
  CHECK_THAT(admin::plugins_table({}), Contains("no plugins"));
}

TEST_CASE("masters that don't answer have a row and a reason") {
  MasterOverview overview;
  overview.version = "0.1.0";
  overview.up_time = 5min;
  overview.workers = 2;
  overview.slots = 8;
  overview.busy_slots = 3;
  overview.filters = 14;
  const std::vector<admin::MasterReport> masters{
      {"a:7400", overview, {}},
      {"b:7400", {}, Error(Fault::unreachable, "nobody answers at b:7400 (Connection refused)")},
      {"c:7400", {}, Error(Fault::denied, "the master at c:7400 refuses the token")}};
  CHECK(admin::masters_table(masters) ==
        "MASTER  STATE        WORKERS  BUSY  CLIENTS  RUNNING  WAITING  FILTERS  UP     VERSION\n"
        "a:7400  ready        2        3/8   0        0        0        14       5 min  0.1.0\n"
        "b:7400  unreachable  -        -     -        -        -        -        -      -\n"
        "c:7400  wrong token  -        -     -        -        -        -        -      -\n"
        "\n"
        "nobody answers at b:7400 (Connection refused)\n"
        "the master at c:7400 refuses the token\n");
  const auto json = admin::to_json(masters);
  CHECK(json[0]["answers"] == true);
  CHECK(json[0]["up_seconds"] == 300.0);
  CHECK(json[1]["answers"] == false);
  CHECK(json[1]["error"] == "nobody answers at b:7400 (Connection refused)");
}

TEST_CASE("plugins show the version that new jobs get first, and refused files with the reason") {
  PluginList list;
  list.plugins = {plugin("sharpen.so", PluginState::withdrawn), plugin("blur.so", PluginState::replaced),
                  plugin("blur.so", PluginState::current)};
  list.plugins[2].has_earlier = true;
  list.refused = {{"notes.so", "it is no shared library"}};
  CHECK(admin::plugins_table(list) ==
        "PLUGIN      FILTERS     DIGEST        STATE      WORKERS  JOBS  LOADED   ROLLBACK\n"
        "blur.so     blur 1.2.0  0123456789ab  current    2        0     3 h ago  possible\n"
        "blur.so     blur 1.2.0  0123456789ab  replaced   2        0     3 h ago  -\n"
        "sharpen.so  blur 1.2.0  0123456789ab  withdrawn  2        0     3 h ago  -\n"
        "\n"
        "REFUSED FILE  REASON\n"
        "notes.so      it is no shared library\n");
  const auto json = admin::to_json(list);
  CHECK(json["plugins"][2]["can_roll_back"] == true);
  CHECK(json["plugins"][2]["digest"] == "0123456789abcdef0123");
  CHECK(json["refused"][0]["reason"] == "it is no shared library");
}

TEST_CASE("jobs are named by as much of their id as tells them apart") {
  CHECK(admin::telling_length({}) == 8);
  CHECK(admin::telling_length({"0123456789", "1123456789"}) == 8);
  CHECK(admin::telling_length({"0123456789a", "x", "0123456789b"}) == 11);
  CHECK(admin::telling_length({"0123456789", "0123456789"}) == 8);
  CHECK(admin::telling_length({"012345678", "0123456789"}) == 10);
}

TEST_CASE("jobs keep the master's order, and say why they ended") {
  auto failed = job("fedcba9876543210", JobState::failed);
  failed.reason = "blur crashed";
  auto queued = job("0123456789abcdef", JobState::queued);
  queued.segments_total = 0;
  queued.run_time = 0ms;
  CHECK(admin::jobs_table({queued}) ==
        "JOB       STATE   SEGMENTS  IMAGE      RECIPE         CLIENT    SUBMITTED  RAN\n"
        "01234567  queued  -         photo.jpg  blur, sharpen  tilework  1 min ago  -\n");
  CHECK(
      admin::jobs_table({queued, failed}) ==
      "JOB       STATE   SEGMENTS    IMAGE      RECIPE         CLIENT    SUBMITTED  RAN     REASON\n"
      "01234567  queued  -           photo.jpg  blur, sharpen  tilework  1 min ago  -\n"
      "fedcba98  failed  25 % of 20  photo.jpg  blur, sharpen  tilework  1 min ago  2.50 s  blur crashed\n");
  const auto json = admin::to_json(std::vector<JobSummary>{failed});
  CHECK(json[0]["id"] == "fedcba9876543210");
  CHECK(json[0]["image"] == "holiday/photo.jpg");
  CHECK(json[0]["state"] == "failed");
  CHECK(json[0]["run_seconds"] == 2.5);
}

TEST_CASE("names from elsewhere can't control an administrator's terminal, and are no obstacle for JSON") {
  auto bad = worker("\x1b[2Jevil\n", 1);
  bad.version = "\xff";
  CHECK_THAT(admin::workers_table({bad}), Contains(" [2Jevil ") && !Contains("\x1b"));
  auto trick = job("0123\x1b]0;x", JobState::running);
  trick.image = "a\x1b.jpg";
  trick.reason = "\x1b";
  CHECK_THAT(admin::jobs_table({trick}), !Contains("\x1b"));
  const std::string line = admin::dump(admin::to_json(std::vector<WorkerDetails>{bad}), true);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(nlohmann::json::parse(line)[0]["name"] == "\x1b[2Jevil\n");
}

TEST_CASE("a screen shows what fits, and says how much doesn't") {
  CHECK(admin::fitting("one\ntwo\n", 10, 5) == "one\ntwo\n");
  CHECK(admin::fitting("gr\xc3\xbc\xc3\x9f"
                       "e\n",
                       4, 5) == "gr\xc3\xbc\xc3\x9f\n");
  CHECK(admin::fitting("1\n2\n3\n4\n", 20, 3) == "1\n2\nand 2 more lines\n");
  CHECK(admin::fitting("1\n2\n", 20, 2) == "1\n2\n");
  CHECK(admin::fitting("", 20, 2).empty());
}

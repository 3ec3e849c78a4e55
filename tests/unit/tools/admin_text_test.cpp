// What tilework-admin shows: tables, JSON, and what fits on a screen.
#include <catch2/catch.hpp>

#include "tools/admin/json.h"
#include "tools/admin/screen.h"
#include "tools/admin/table_text.h"
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
  job.client = "ada@lab";
  job.client_id = 7;
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

TEST_CASE("a cell of a table that somebody has made long is cut, and the list in JSON has all of it") {
  PluginList list;
  list.plugins.push_back(plugin("long.so", PluginState::current));
  for (int i = 0; i < 200; ++i) {
    list.plugins[0].plugin.filters.emplace_back().name = "filter-" + std::to_string(i);
  }
  list.refused.push_back({"bad.so", std::string(4000, 'x')});
  const std::string table = admin::plugins_table(list);
  CHECK_THAT(table, Contains("filter-1 ,") && !Contains("filter-199 ") && !Contains(std::string(301, 'x')));
  CHECK_THAT(admin::to_json(list).dump(), Contains("filter-199") && Contains(std::string(4000, 'x')));
}

TEST_CASE("workers are sorted by name, numbers in it as numbers, and summed up") {
  auto drained = worker("local-2", 7);
  drained.state = WorkerState::drained;
  const auto list = admin::chosen(WorkerList{{worker("local-10", 3), drained, worker("local-2", 5)}, {}}, {});
  CHECK(admin::workers_table(list) ==
        "WORKER    ID  STATE    BUSY  CPU    MEMORY    DONE  FAILED  HEARTBEAT\n"
        "local-2   5   ready    3/4   288 %  512.0 MB  1200  2       1 s ago\n"
        "local-2   7   drained  3/4   288 %  512.0 MB  1200  2       1 s ago\n"
        "local-10  3   ready    3/4   288 %  512.0 MB  1200  2       1 s ago\n"
        "\n"
        "3 workers, 12 slots (9 busy), 3600 done, 6 failed, 1 drained\n");
}

TEST_CASE("on demand a list shows the workers' machines, and what they use of them") {
  auto one = worker("w", 1);
  one.host = "lab";
  one.up_time = 3h;
  one.joined_age = 2min;
  one.free_disk_bytes = 7'000'000'000;
  one.descriptors = 40;
  one.descriptor_limit = 1024;
  one.sent_bytes = 5'000'000;
  CHECK_THAT(
      admin::workers_table({{one}, {}}, {.wide = true}),
      Contains(
          "WORKER  ID  HOST  ADDRESS         STATE  BUSY  CPU    MEMORY    DONE  FAILED  SENT    RECEIVED  "
          "UP   JOINED     DISK FREE  FILES    HEARTBEAT  VERSION\n"
          "w       1   lab   192.0.2.7:5123  ready  3/4   288 %  512.0 MB  1200  2       5.0 MB  0 bytes   "
          "3 h  2 min ago  7.0 GB     40/1024  1 s ago    0.1.0\n"));
}

TEST_CASE("what is wrong with workers stands below them, and who has left below that") {
  auto aside = worker("w1", 1), failing = worker("w2", 2);
  aside.state = WorkerState::aside;
  aside.aside_reason = "No space left on device";
  aside.aside_time = 30s;
  failing.last_error = "blur crashed";
  failing.last_error_age = 3s;
  failing.distrusted = {"blur@0123456789ab", "sharpen@0123456789ab"};
  const DepartedWorker left{"w3", "barn", "192.0.2.9:5", DepartedWorker::End::crashed, "signal 11", 90s,
                            77,   1};
  CHECK_THAT(admin::workers_table({{aside, failing}, {left}}),
             Contains("2 workers, 8 slots (6 busy), 2400 done, 4 failed, 1 set aside\n"
                      "\n"
                      "TROUBLE AT  WHEN     WHAT\n"
                      "w1          now      set aside: No space left on device; tried again in 30 s\n"
                      "w2          3 s ago  blur crashed\n"
                      "w2          now      it gets no more of blur@0123456789ab, sharpen@0123456789ab: "
                      "failed too often\n"
                      "\n"
                      "LEFT  HOST  HOW      WHEN       DONE  FAILED  REASON\n"
                      "w3    barn  crashed  1 min ago  77    1       signal 11\n"));
  const std::vector<DepartedWorker> many(13, left);
  CHECK_THAT(admin::workers_table({{}, many}),
             Contains("No worker is connected.\n\nLEFT") && Contains("\n3 that left before: --wide\n"));
  CHECK_THAT(admin::workers_table({{}, many}, {.wide = true}), !Contains("that left before"));
}

TEST_CASE("of workers, those are chosen that something is wrong with") {
  auto good = worker("good", 1), bad = worker("bad", 2), silent = worker("silent", 3),
       aside = worker("aside", 4);
  for (auto* one : {&good, &silent, &aside}) one->failures = 0;
  silent.state = WorkerState::silent;
  aside.state = WorkerState::aside;
  DepartedWorker stopped, killed;
  stopped.end = DepartedWorker::End::stopped;
  killed.name = "killed";
  const auto list =
      admin::chosen(WorkerList{{good, bad, silent, aside}, {stopped, killed}}, {.failed = true});
  REQUIRE(list.workers.size() == 3);
  CHECK(list.workers[0].name == "aside");
  CHECK(list.workers[2].name == "silent");
  REQUIRE(list.left.size() == 1);
  CHECK(list.left[0].name == "killed");
  CHECK(admin::workers_table({}, {.failed = true}) ==
        "No worker that is connected has failed, is silent or set aside.\n");
}

TEST_CASE("lists are sorted by any column: numbers from the greatest on, texts from A to Z") {
  auto a = worker("a", 12), b = worker("b", 3), c = worker("c", 1);
  b.cpu_percent = 400, c.cpu_percent = 100;
  a.free_disk_bytes = 5;
  const auto names = [&](const std::string& column) {
    std::string text;
    for (const auto& one : admin::chosen(WorkerList{{a, b, c}, {}}, {.sort = column}).workers)
      text += one.name;
    return text;
  };
  CHECK(names("cpu") == "bac");
  CHECK(names("id") == "cba");
  CHECK(names("disk-free") == "abc");
  CHECK(names("") == "abc");
  for (const auto& name : admin::worker_sort_names()) CHECK(names(name).size() == 3);

  auto old = job("0", JobState::done), fresh = job("1", JobState::failed);
  old.age = 5min;
  CHECK(admin::chosen(std::vector{old, fresh}, {.sort = "submitted"})[0].id == "1");
  CHECK(admin::chosen(std::vector{fresh, old}, {.sort = "state"})[0].id == "0");
  CHECK(admin::chosen(std::vector{old, fresh}, {.failed = true}).size() == 1);
  for (const auto& name : admin::job_sort_names())
    CHECK(admin::chosen(std::vector{old}, {.sort = name}).size() == 1);
}

TEST_CASE("clients are told with who they are, what they hold and when they were heard of") {
  const ClientDetails client{
      7, {"tilework-desktop", "ada", "lab", 4711}, "192.0.2.8:51234", 3h, 1500ms, 2, 5'000'000, 1, 3};
  CHECK(admin::clients_table({client}) ==
        "ID  CLIENT   PROGRAM           ADDRESS          SINCE  HEARD    IMAGES  BYTES   JOBS  PREVIEWS\n"
        "7   ada@lab  tilework-desktop  192.0.2.8:51234  3 h    1 s ago  2       5.0 MB  1     3\n");
  const auto json = admin::to_json(std::vector<ClientDetails>{client});
  CHECK(json[0]["name"] == "ada@lab");
  CHECK(json[0]["process"] == 4711);
  CHECK(json[0]["silent_seconds"] == 1.5);
}

TEST_CASE("empty lists say so in a sentence") {
  CHECK(admin::workers_table({}) == "No worker is connected.\n");
  CHECK_THAT(admin::jobs_table({}), Contains("There are no jobs"));
  CHECK_THAT(admin::jobs_table({}, {.failed = true}), Contains("No job has failed"));
  CHECK(admin::clients_table({}) == "No client is connected.\n");
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
  overview.host = "lab";
  overview.spool = "/var/tmp";
  overview.spool_free_bytes = 7'000'000'000;
  overview.descriptors = 30;
  overview.descriptor_limit = 4096;
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
  CHECK_THAT(admin::masters_table(masters, {.wide = true}),
             Contains("VERSION  HOST  FILES    SPOOL FREE  SPOOL\n") &&
                 Contains("0.1.0    lab   30/4096  7.0 GB      /var/tmp\n"));
  const auto json = admin::to_json(masters);
  CHECK(json[0]["host"] == "lab");
  CHECK(json[0]["spool_free_bytes"] == 7'000'000'000);
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
        "JOB       STATE   SEGMENTS  IMAGE      RECIPE         CLIENT       SUBMITTED  RAN\n"
        "01234567  queued  -         photo.jpg  blur, sharpen  ada@lab (7)  1 min ago  -\n"
        "\n"
        "1 job: 1 queued\n");
  CHECK(admin::jobs_table({queued, failed}) ==
        "JOB       STATE   SEGMENTS    IMAGE      RECIPE         CLIENT       SUBMITTED  RAN\n"
        "01234567  queued  -           photo.jpg  blur, sharpen  ada@lab (7)  1 min ago  -\n"
        "fedcba98  failed  25 % of 20  photo.jpg  blur, sharpen  ada@lab (7)  1 min ago  2.50 s\n"
        "\n"
        "2 jobs: 1 queued, 1 failed\n"
        "\n"
        "JOB       REASON\n"
        "fedcba98  blur crashed\n");
  queued.recipe =
      "gaussian-blur, sharpen, gr\xc3\xbc\xc3\x9f"
      "e, more";
  CHECK_THAT(admin::jobs_table({queued}), Contains("  gaussian-blur, sharpen, gr\xc3\xbc...  ada@lab"));
  CHECK_THAT(admin::jobs_table({queued}, {.wide = true}), Contains(queued.recipe));
  const auto json = admin::to_json(std::vector<JobSummary>{failed});
  CHECK(json[0]["id"] == "fedcba9876543210");
  CHECK(json[0]["image"] == "holiday/photo.jpg");
  CHECK(json[0]["state"] == "failed");
  CHECK(json[0]["run_seconds"] == 2.5);
}

TEST_CASE("names from elsewhere can't control an administrator's terminal, and are no obstacle for JSON") {
  auto bad = worker("\x1b[2Jevil\n", 1);
  bad.version = "\xff";
  CHECK_THAT(admin::workers_table({{bad}, {}}), Contains(" [2Jevil ") && !Contains("\x1b"));
  auto trick = job("0123\x1b]0;x", JobState::running);
  trick.image = "a\x1b.jpg";
  trick.reason = "\x1b";
  CHECK_THAT(admin::jobs_table({trick}), !Contains("\x1b"));
  const std::string line = admin::dump(admin::to_json(WorkerList{{bad}, {}}), true);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(nlohmann::json::parse(line)["workers"][0]["name"] == "\x1b[2Jevil\n");
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

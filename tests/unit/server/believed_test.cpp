// What a master believes of what workers say, and how its log shows it.
#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "schema/model/error.h"
#include "schema/wire/found.h"
#include "schema/wire/recipe.h"
#include "schema/wire/worker.h"
#include "server/logging/log.h"
#include "server/logging/log_line.h"

using namespace tilework;

TEST_CASE("more findings than pixels are refused") {
  capnp::MallocMessageBuilder message;
  auto found = message.initRoot<rpc::Findings>();
  auto first = found.initFirst(20);
  for (auto finding : first) {
    finding.initBox().setWidth(1);
    finding.getBox().setHeight(1);
    finding.setLabel("spot");
  }
  found.setTotal(20);
  CHECK_THROWS_AS(wire::read(found.asReader(), cv::Rect(0, 0, 4, 4), cv::Size(4, 4)), UserError);
  CHECK(wire::read(found.asReader(), cv::Rect(0, 0, 4, 5), cv::Size(4, 5)).total() == 20);
}

TEST_CASE("a worker's times are numbers that can be added") {
  capnp::MallocMessageBuilder message;
  auto status = message.initRoot<rpc::WorkerStatus>();
  status.setCpuMicroseconds(~std::uint64_t{0});
  status.setUpSeconds(std::uint64_t{1} << 63);
  WorkerSummary summary;
  wire::read_status(status.asReader(), summary);
  CHECK(summary.cpu_time == std::chrono::days(36'525));
  CHECK(summary.up_time == std::chrono::days(36'525));
  status.setUpSeconds(7);
  wire::read_status(status.asReader(), summary);
  CHECK(summary.up_time == std::chrono::seconds(7));
}

TEST_CASE("what a plugin says of its filters is clean and bounded when it is read") {
  capnp::MallocMessageBuilder message;
  auto filter = message.initRoot<rpc::Filter>();
  filter.setName("blur");
  filter.setVersion(std::string(1'000, '1'));
  filter.setLabel("a\nb\x1b");
  filter.setHelp("one\ntwo\x07" + std::string(100'000, 'x'));
  filter.initParameters(1)[0].initChoices(1).set(0, "j\u202eet");
  const auto read = wire::read(filter.asReader());
  CHECK(read.name == "blur");
  CHECK(read.version.size() <= 64);
  CHECK(read.label == "a b ");
  CHECK(read.help.starts_with("one\ntwo xxx"));
  CHECK(read.help.size() <= 16'384);
  CHECK(read.parameters.at(0).choices.at(0) == "j?et");
}

TEST_CASE("a message is one line of the log, whatever is in it") {
  const auto formatter = logging::line_formatter();
  spdlog::memory_buf_t line;
  formatter->format({"log", spdlog::level::info, "a\nlevel=error b\x1b[2J" + std::string(100'000, 'x')},
                    line);
  const std::string text(line.data(), line.size());
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("level=info") < text.find("a level=error b [2Jxx"));
  CHECK(text.size() < 17'000);
}

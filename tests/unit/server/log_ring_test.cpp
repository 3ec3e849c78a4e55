// The newest lines of the log, kept for administrators.
#include "server/log_ring.h"

#include <thread>

#include <catch2/catch.hpp>
#include <spdlog/logger.h>

using namespace tilework;
using server::LogRing;

namespace {

std::string text_of(const std::vector<LogLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += std::to_string(line.number) + ":" + line.text + " ";
  return text;
}

struct Log {
  explicit Log(std::size_t capacity) : ring(std::make_shared<LogRing>(capacity)), logger("test", ring) {
    logger.set_pattern("%v");
  }
  std::shared_ptr<LogRing> ring;
  spdlog::logger logger;
};

}  // namespace

TEST_CASE("the log's newest lines are kept with their numbers, the oldest first") {
  Log log(3);
  CHECK(log.ring->after(0, 10).empty());
  for (const char* line : {"a", "b", "c", "d"}) log.logger.info(line);
  CHECK(text_of(log.ring->after(0, 10)) == "2:b 3:c 4:d ");
  CHECK(text_of(log.ring->after(2, 10)) == "3:c 4:d ");
  CHECK(text_of(log.ring->after(0, 1)) == "4:d ");
  CHECK(log.ring->after(4, 10).empty());
  CHECK(log.ring->after(99, 10).empty());
}

TEST_CASE("lines of the log have the logger's form, without their end") {
  const auto ring = std::make_shared<LogRing>();
  spdlog::logger logger("test", ring);
  logger.set_pattern("level=%l %v");
  logger.warn("worker left worker={}", 3);
  CHECK(text_of(ring->after(0, 1)) == "1:level=warning worker left worker=3 ");
}

TEST_CASE("several threads may log while another reads") {
  Log log(1'000);
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) log.logger.info("line");
    });
  }
  std::uint64_t last = 0;
  bool in_order = true;
  while (last < 2'000) {
    for (const auto& line : log.ring->after(last, 2'000)) {
      in_order &= line.number > last;
      last = line.number;
    }
  }
  for (auto& writer : writers) writer.join();
  CHECK(in_order);
  CHECK(log.ring->after(0, 5'000).size() == 1'000);
}

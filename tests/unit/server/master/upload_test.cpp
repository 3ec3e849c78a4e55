// Uploads that fail: each is noted once, whatever the reason, and the room that it was promised is free
// again.
#include "server/master/sessions/upload.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>
#include <kj/async-io.h>

#include "schema/transport/machine.h"
#include "server/master/jobs/job_table.h"
#include "tests/support/temp_dir.h"

namespace tilework::master {
namespace {

using namespace std::chrono_literals;

struct Uploads {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  test::TempDir folder;
  Spool spool{folder.file("")};
  JobTable jobs;
  UploadFailures failures{jobs, io.provider->getTimer()};
  bool complete = false;

  unsigned files = 0;  // that were taken from the spool

  rpc::BlobSink::Client begin(std::uint64_t bytes, std::chrono::milliseconds patience = 60s) {
    return kj::heap<Upload>(
        [this, bytes] {
          ++files;
          return spool.take("photo.tif", bytes);
        },
        ImageAnnouncement{"ada", "photo.tif", bytes}, spool.promise("photo.tif", bytes), failures, patience,
        [this](Upload::File file) { complete = file != nullptr; });
  }
  void send(rpc::BlobSink::Client& sink, unsigned bytes) {
    auto request = sink.writeRequest();
    request.initBytes(bytes);
    request.send().wait(io.waitScope);
  }
  // Of the only one.
  std::string reason() {
    const auto listed = jobs.list(io.provider->getTimer().now());
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].image == "photo.tif");
    CHECK(listed[0].client == "ada");
    CHECK(listed[0].state == JobState::failed);
    return listed[0].reason;
  }
};

}  // namespace

TEST_CASE("an upload that comes whole is no failure") {
  Uploads uploads;
  {
    auto sink = uploads.begin(3000);
    uploads.send(sink, 1000);
    uploads.send(sink, 2000);
    sink.doneRequest().send().wait(uploads.io.waitScope);
  }
  CHECK(uploads.complete);
  CHECK(uploads.jobs.list(uploads.io.provider->getTimer().now()).empty());
}

TEST_CASE("an upload takes a file when its first byte comes, and an empty one when it ends") {
  Uploads uploads;
  auto sink = uploads.begin(3000), empty = uploads.begin(0);
  CHECK(uploads.files == 0);
  uploads.send(sink, 1000);
  uploads.send(sink, 1000);
  CHECK(uploads.files == 1);
  empty.doneRequest().send().wait(uploads.io.waitScope);
  CHECK(uploads.files == 2);
  CHECK(uploads.complete);
}

TEST_CASE("an upload of which no byte comes is given up, and its file and its room are free") {
  Uploads uploads;
  const auto free = transport::free_bytes(uploads.folder.file(""));
  auto sink = uploads.begin(free / 10 * 8, 200ms);
  auto& timer = uploads.io.provider->getTimer();
  for (int i = 0; i < 3; ++i) {
    timer.afterDelay(100 * kj::MILLISECONDS).wait(uploads.io.waitScope);
    uploads.send(sink, 10);  // each is a sign of life
  }
  CHECK(uploads.jobs.list(timer.now()).empty());
  timer.afterDelay(300 * kj::MILLISECONDS).wait(uploads.io.waitScope);
  CHECK(uploads.reason() == "no byte of it came for 200 ms");
  uploads.spool.promise("other.tif", free / 10 * 8);
  uploads.send(sink, 10);  // and is ignored
  CHECK_THROWS(sink.doneRequest().send().wait(uploads.io.waitScope));
  CHECK_FALSE(uploads.complete);
}

TEST_CASE("a spool takes no more bytes together than it may, those on their way with them") {
  const test::TempDir folder;
  Spool spool(folder.file(""), 10 << 20);
  auto promised = std::make_optional(spool.promise("first.tif", 6 << 20));
  CHECK_THROWS_WITH(spool.promise("second.tif", 5 << 20),
                    "the master can't store second.tif: uploads, results and opened images take 6291456 "
                    "bytes together, and "
                    "may take 10485760 (--max-spool)");
  const std::vector<kj::byte> bytes(6 << 20, 1);
  auto file = spool.take("first.tif", bytes.size());
  transport::write_file(*file, 0, kj::arrayPtr(bytes.data(), bytes.size()));
  promised->stored(bytes.size());
  promised.reset();
  CHECK_THROWS(spool.promise("second.tif", 5 << 20));
  CHECK_NOTHROW(spool.take("the result", 100 << 20));
  file = nullptr;
  CHECK_NOTHROW(spool.promise("second.tif", 5 << 20));
}

TEST_CASE("beyond a client's first file, as much room is left as its others take") {
  const test::TempDir folder;
  Spool spool(folder.file(""), 100 << 20);
  const auto first = spool.promise("first.tif", 40 << 20);  // of 100 MiB, 60 are left
  CHECK_THROWS_WITH(spool.promise("second.tif", 30 << 20, 40 << 20),
                    Catch::Contains("its client's other files take 41943040 bytes there, and of 62914560 "
                                    "that are left"));
  CHECK_NOTHROW(spool.promise("second.tif", 20 << 20, 40 << 20));
  CHECK_NOTHROW(spool.promise("another client's.tif", 30 << 20));
  CHECK_NOTHROW(spool.promise("small.png", 1 << 20, 60 << 20));  // for which there is memory
  CHECK_THROWS(spool.promise("small.png", 1 << 20, 65 << 20));
}

TEST_CASE("an upload whose client leaves, that ends early or doesn't end is noted") {
  Uploads uploads;
  auto sink = uploads.begin(3000);
  uploads.send(sink, 1000);
  SECTION("it leaves") {
    sink = nullptr;
    CHECK(uploads.reason() == "its client left before all of it had come");
  }
  SECTION("it ends early") {
    CHECK_THROWS(sink.doneRequest().send().wait(uploads.io.waitScope));
    sink = nullptr;
    CHECK(uploads.reason() == "photo.tif ended before all of it had come");
  }
  SECTION("it doesn't end") {
    const auto send_all = [&] {
      uploads.send(sink, 3000);
      sink.doneRequest().send().wait(uploads.io.waitScope);
    };
    CHECK_THROWS(send_all());
    sink = nullptr;
    CHECK(uploads.reason() == "a file is longer than was announced");
  }
  CHECK_FALSE(uploads.complete);
}

TEST_CASE("of many uploads that fail at once a few are noted") {
  Uploads uploads;
  for (int i = 0; i < 200; ++i) uploads.begin(3000);  // whose client lets go of them
  CHECK(uploads.jobs.list(uploads.io.provider->getTimer().now()).size() == 20);
}

TEST_CASE("room that is promised to one upload isn't promised to the next, until it has ended") {
  const test::TempDir folder;
  Spool spool(folder.file(""));
  const auto free = std::filesystem::space(folder.path()).available;
  {
    auto first = spool.promise("first.tif", free / 10 * 8);
    CHECK_THROWS_WITH(spool.promise("second.tif", free / 10 * 8),
                      Catch::Contains("the master can't store second.tif") &&
                          Catch::Contains("other files are on their way there"));
    first.stored(free / 10 * 7);
    spool.promise("second.tif", free / 10 * 6);
  }
  spool.promise("second.tif", free / 10 * 8);
}

}  // namespace tilework::master

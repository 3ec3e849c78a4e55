// Uploads that fail: each is noted once, whatever the reason, and the room that it was promised is free
// again.
#include "server/master/upload.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <kj/async-io.h>

#include "server/master/job_table.h"
#include "tests/support/temp_dir.h"

namespace tilework::master {
namespace {

struct Uploads {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  test::TempDir folder;
  Spool spool{folder.file("")};
  JobTable jobs;
  UploadFailures failures{jobs, io.provider->getTimer()};
  bool complete = false;

  rpc::BlobSink::Client begin(std::uint64_t bytes) {
    return kj::heap<Upload>(transport::temporary_file(folder.file("")),
                            ImageAnnouncement{"ada", "photo.tif", bytes}, spool.promise("photo.tif", bytes),
                            failures, [this] { complete = true; });
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

// The master's port after somebody has signed in: calls of every method to every capability, answers to what
// the master asks, and what nobody should say. The first byte says who signs in.
#include <chrono>
#include <string>
#include <thread>

#include "schema/master.capnp.h"
#include "schema/model/version.h"
#include "tests/fuzz/fed_master.h"
#include "tests/fuzz/kept.h"
#include "tests/fuzz/speaker.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

using Struct = capnp::DynamicStruct::Builder;

constexpr unsigned most_messages = 64;
constexpr int waits = 3;  // for other threads

const Words& words() {
  static const Words all{
      .texts = {"invert",
                "gaussian-blur",
                "auto-levels",
                "find-spots",
                "",
                "png",
                "jpeg",
                "tiff",
                "auto",
                "4:2:0",
                "none",
                "size",
                "sigma",
                "job-1",
                "job-2",
                "invert.so",
                "a",
                version,
                "zstd",
                "gif",
                "webp",
                "bmp",
                "lab",
                "clip",
                FedMaster::get().join_secret(),
                FedMaster::get().token(),
                "../invert.so",
                std::string(64, '0')},
      .blobs = {kept_file("images/gray16.png"), kept_file("images/baseline.jpg"), kept_file("images/fax.tif"),
                std::string(48, '\0'), std::string(1152, '\x80'), kept_file("images/lossy.webp"), ""}};
  return all;
}

std::vector<capnp::InterfaceSchema> callable() {
  using capnp::Schema;
  return {Schema::from<rpc::StageRunner>(), Schema::from<rpc::Worker>(),     Schema::from<rpc::SlabTable>(),
          Schema::from<rpc::BlobSink>(),    Schema::from<rpc::JobWatcher>(), Schema::from<rpc::PieceSink>(),
          Schema::from<rpc::Lease>()};
}

// One connection.
class Visit {
 public:
  Visit(Source& source, bool is_local)
      : feed_(master_.connect(is_local)),
        speaker_(source, words(), capnp::Schema::from<rpc::Master>(), callable()) {
    say(speaker_.bootstrap());
  }

  void sign_in_as_client() {
    say(speaker_.call("openSession", [](Struct params) { params.init("client"); }));
  }
  void sign_in_as_administrator() {
    say(speaker_.call("openAdmin", [this](Struct params) { params.set("token", master_.token().c_str()); }));
  }
  void join() {
    say(speaker_.call("join", [this](Struct params) {
      auto worker = params.init("worker").as<capnp::DynamicStruct>();
      worker.set("name", "fuzz");
      worker.set("version", version);
      worker.set("slots", 2);
      speaker_.pass(params, "node");
      speaker_.pass(params, "slabs");
      params.set("secret", master_.join_secret().c_str());
    }));
  }
  void upload(const std::string& file) {
    say(speaker_.call("upload", [&file](Struct params) {
      params.set("name", "image");
      params.set("size", file.size());
      params.set("bytes", capnp::Data::Reader(reinterpret_cast<const kj::byte*>(file.data()), file.size()));
    }));
  }
  void submit(const char* filter) {
    say(speaker_.call("submit", [this, filter](Struct params) {
      auto job = params.init("job").as<capnp::DynamicStruct>();
      job.set("id", "job-1");
      job.set("format", "png");
      job.set("jpegQuality", 90);
      job.set("chroma", "auto");
      job.set("pictureSide", 16);
      speaker_.pass(job, "image");
      job.init("recipe", 1).as<capnp::DynamicList>()[0].as<capnp::DynamicStruct>().set("filter", filter);
      speaker_.pass(params, "watcher");
    }));
  }

  void say_next() { say(speaker_.next()); }
  bool is_open() const { return !feed_->is_closed(); }
  // What other threads have to give, and what the master asks then.
  void wait() {
    for (int i = 0; i < waits && is_open() && (speaker_.unanswered() > 0 || speaker_.is_asked()); ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      listen();
      for (unsigned j = 0; j < most_messages && speaker_.is_asked() && is_open(); ++j) say(speaker_.answer());
    }
  }
  void end() { master_.part_from(*feed_); }
  void hang_up() { feed_->hang_up(); }

 private:
  void say(const std::string& bytes) {
    feed_->say(bytes);
    listen();
  }
  void listen() {
    master_.work();
    speaker_.heard(feed_->heard());
  }

  FedMaster& master_ = FedMaster::get();
  std::shared_ptr<Feed> feed_;
  Speaker speaker_;
};

const char* filter_of(std::uint8_t choice) {
  switch (choice & 3) {
    case 0:
      return "invert";
    case 1:
      return "auto-levels";
    case 2:
      return "find-spots";
    default:
      return "gaussian-blur";
  }
}

void go_on(Visit& visit, Source& source) {
  for (unsigned i = 0; i < most_messages && !source.is_empty() && visit.is_open(); ++i) visit.say_next();
  visit.wait();
}

// A worker, and an honest client beside it whose job it gets.
void work_for_a_job(Source& source, std::uint8_t who) {
  Visit worker(source, (who & 8) != 0);
  worker.join();
  Source none({});
  Visit client(none, false);
  client.sign_in_as_client();
  client.upload(kept_file("images/gray16.png"));
  client.submit(filter_of(who >> 4));
  for (int i = 0; i < 2; ++i) worker.wait();
  go_on(worker, source);
  client.hang_up();
  worker.end();
  client.end();
}

}  // namespace

void run(Bytes bytes) {
  Source source(bytes);
  const std::uint8_t who = source.byte();
  if ((who & 7) >= 6) return work_for_a_job(source, who);
  Visit visit(source, (who & 8) != 0);
  if ((who & 7) == 5) {
    visit.sign_in_as_administrator();
  } else if ((who & 7) == 4) {
    visit.join();
  } else {
    visit.sign_in_as_client();
  }
  if ((who & 7) == 1 || (who & 7) == 2) visit.upload(kept_file("images/gray16.png"));
  if ((who & 7) == 2) visit.submit(filter_of(who >> 4));
  go_on(visit, source);
  visit.end();
}

}  // namespace tilework::fuzz

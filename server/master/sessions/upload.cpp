#include "server/master/sessions/upload.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>

#include "schema/model/clean_text.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"
#include "server/logging/log.h"
#include "server/master/jobs/job_table.h"

namespace tilework::master {

void UploadFailures::note(const ImageAnnouncement& image, const std::string& reason) {
  const auto left_out = told_.due();
  if (!left_out) return;
  spdlog::warn("upload failed client={} image={} bytes={} reason={} others_before={}",
               in_quotes(image.client), in_quotes(image.name), image.bytes, in_quotes(reason), *left_out);
  JobSummary summary;
  summary.id = "-";  // it would have come with the job
  summary.image = image.name;
  summary.client = image.client;
  summary.recipe = "(upload)";
  summary.state = JobState::failed;
  summary.reason = reason;
  jobs_.never_began({summary, timer_.now()});
}

Upload::Upload(std::function<File()> take, ImageAnnouncement image, Spool::Promised room,
               UploadFailures& failures, std::chrono::milliseconds patience,
               std::function<void(File)> complete)
    : FileSink(
          kj::AutoCloseFd(), image.bytes,
          [this](kj::AutoCloseFd, std::uint64_t came) {
            if (came != image_.bytes) throw UserError(image_.name + " ended before all of it had come");
            complete_(std::move(file_));
          },
          [this](std::uint64_t stored) { room_.stored(stored); }),
      take_(std::move(take)),
      image_(std::move(image)),
      room_(std::move(room)),
      failures_(failures),
      patience_(patience.count() * kj::MILLISECONDS),
      complete_(std::move(complete)),
      last_(failures.timer().now()),
      watching_(watch().eagerlyEvaluate(nullptr)) {}

Upload::~Upload() noexcept(false) {
  if (!ended_) failures_.note(image_, "its client left before all of it had come");
}

void Upload::open() {
  if (file_) return;
  auto file = take_();
  kj::AutoCloseFd descriptor(::fcntl(*file, F_DUPFD_CLOEXEC, 0));
  if (descriptor.get() < 0) throw Error(Fault::machine, transport::words_of_error(errno));
  set_file(kj::mv(descriptor));
  file_ = std::move(file);
}

kj::Promise<void> Upload::watch() {
  auto& timer = failures_.timer();
  return timer.atTime(last_ + patience_).then([this, &timer]() -> kj::Promise<void> {
    if (ended_) return kj::READY_NOW;
    if (timer.now() < last_ + patience_) return watch();
    give_up();
    return kj::READY_NOW;
  });
}

// Its client may still hold on to it.
void Upload::give_up() {
  ended_ = true;
  failures_.note(image_, "no byte of it came for " + std::to_string(patience_ / kj::MILLISECONDS) + " ms");
  set_file(kj::AutoCloseFd());
  file_ = nullptr;
  std::exchange(complete_, nullptr)(nullptr);
  room_.stored(image_.bytes);
}

// Nothing that follows a failure is worth a note of its own.
kj::Promise<void> Upload::write(WriteContext context) {
  return transport::method([&]() -> kj::Promise<void> {
    const auto bytes = context.getParams().getBytes();
    if (ended_) return kj::READY_NOW;
    ended_ = true;
    failures_.noting(image_, [&] {
      Spool::storing(image_.name, [&] {
        open();
        store(bytes);
      });
    });
    ended_ = false;
    if (bytes.size() > 0) last_ = failures_.timer().now();
    return kj::READY_NOW;
  });
}

kj::Promise<void> Upload::done(DoneContext) {
  return transport::method([&]() -> kj::Promise<void> {
    if (ended_) throw UserError(image_.name + " ended twice, came too late, or could not be stored");
    ended_ = true;
    failures_.noting(image_, [&] {
      Spool::storing(image_.name, [&] { open(); });
      finish();
    });
    return kj::READY_NOW;
  });
}

}  // namespace tilework::master

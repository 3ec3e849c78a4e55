#include "server/master/upload.h"

#include <algorithm>
#include <utility>

#include "schema/transport/errors.h"
#include "server/logging/log.h"
#include "server/master/job_table.h"

namespace tilework::master {
namespace {

// As a value in the log.
std::string quotable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return (c >= 0 && c < ' ') || c == '"' || c == 127; }, '?');
  return text;
}

}  // namespace

void UploadFailures::note(const ImageAnnouncement& image, const std::string& reason) {
  spdlog::warn("upload failed client=\"{}\" image=\"{}\" bytes={} reason=\"{}\"", image.client,
               quotable(image.name), image.bytes, quotable(reason));
  JobSummary summary;
  summary.id = "-";  // it would have come with the job
  summary.image = image.name;
  summary.client = image.client;
  summary.recipe = "(upload)";
  summary.state = JobState::failed;
  summary.reason = reason;
  jobs_.never_began({summary, timer_.now()});
}

Upload::Upload(kj::AutoCloseFd file, ImageAnnouncement image, Spool::Promised room, UploadFailures& failures,
               std::function<void()> complete)
    : FileSink(
          kj::mv(file), image.bytes,
          [this, complete = std::move(complete)](kj::AutoCloseFd, std::uint64_t came) {
            if (came != image_.bytes) throw UserError(image_.name + " ended before all of it had come");
            complete();
          },
          [this](std::uint64_t stored) { room_.stored(stored); }),
      image_(std::move(image)),
      room_(std::move(room)),
      failures_(failures) {}

Upload::~Upload() noexcept(false) {
  if (!ended_) failures_.note(image_, "its client left before all of it had come");
}

// Nothing that follows a failure is worth a note of its own.
kj::Promise<void> Upload::write(WriteContext context) {
  return transport::method([&]() -> kj::Promise<void> {
    const auto bytes = context.getParams().getBytes();
    if (ended_) return kj::READY_NOW;
    ended_ = true;
    failures_.noting(image_, [&] { Spool::storing(image_.name, [&] { store(bytes); }); });
    ended_ = false;
    return kj::READY_NOW;
  });
}

kj::Promise<void> Upload::done(DoneContext) {
  return transport::method([&]() -> kj::Promise<void> {
    if (ended_) throw UserError(image_.name + " ended twice, or could not be stored");
    ended_ = true;
    failures_.noting(image_, [&] { finish(); });
    return kj::READY_NOW;
  });
}

}  // namespace tilework::master

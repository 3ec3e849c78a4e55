#include "client/session/job_task.h"

#include <string>
#include <utility>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/job.h"
#include "schema/wire/list.h"
#include "schema/wire/picture.h"
#include "schema/wire/recipe.h"

namespace tilework::client {
namespace {

using transport::method;

// The master may hold it longer than the job lives; then nobody observes.
class Watcher final : public rpc::JobWatcher::Server {
 public:
  explicit Watcher(std::weak_ptr<JobObserver> observer) : observer_(std::move(observer)) {}

 protected:
  kj::Promise<void> progress(ProgressContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto progress = wire::read(context.getParams().getProgress());
      const auto observer = observer_.lock();
      if (observer && observer->progressed) observer->progressed(progress);
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> piece(PieceContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto observer = observer_.lock();
      if (observer && observer->piece) observer->piece(wire::read(context.getParams()));
      return kj::READY_NOW;
    });
  }

 private:
  std::weak_ptr<JobObserver> observer_;
};

}  // namespace

JobTask::~JobTask() noexcept {
  KJ_IF_MAYBE (job, job_) {
    job->cancelRequest().send().detach([](kj::Exception&&) {});
  }
}

kj::Promise<JobOutcome> JobTask::run() {
  return kj::evalNow([this] { return upload(); })
      .then([this] { return process(); })
      .then([this] { return download(); })
      .then([this] { return std::move(outcome_); });
}

kj::Promise<void> JobTask::upload() {
  lap();
  auto request = link_.session().uploadRequest();
  request.setName(name_for_master(spec_.name));
  request.setSize(input_.bytes);
  request.setMayExpand(spec_.may_expand);
  const bool is_small = input_.bytes > 0 && input_.bytes <= transport::blob_in_message;
  if (is_small) {
    method(
        [&] { transport::read_file(input_.fd, 0, request.initBytes(static_cast<unsigned>(input_.bytes))); });
  }
  auto upload = request.send();
  image_ = upload.getImage();
  auto sent = [this](std::uint64_t bytes) {
    if (observer_->uploaded) observer_->uploaded(bytes, input_.bytes);
  };
  auto all_sent = is_small ? upload.then([this, sent](auto&&) { sent(input_.bytes); })
                           : transport::send_file(input_.fd, input_.bytes, upload.getSink(), sent);
  return all_sent.then([this] {
    outcome_.upload = lap();
    if (observer_->progressed) observer_->progressed({});
  });
}

kj::Promise<void> JobTask::process() {
  auto request = link_.session().submitRequest();
  auto job = request.initJob();
  job.setId(spec_.id);
  job.setImage(KJ_ASSERT_NONNULL(image_));
  wire::write_list(job.initRecipe(static_cast<unsigned>(spec_.recipe.size())), spec_.recipe);
  job.setFormat(spec_.format);
  job.setJpegQuality(static_cast<std::uint8_t>(spec_.jpeg_quality));
  job.setChroma(spec_.chroma);
  job.setCompression(spec_.compression);
  job.setLossless(spec_.lossless);
  job.initTile().setWidth(spec_.tile_width);
  job.getTile().setHeight(spec_.tile_height);
  job.setPictureSide(static_cast<std::uint32_t>(spec_.picture_side));
  request.setWatcher(kj::heap<Watcher>(observer_));
  auto submitted = request.send().getJob();
  job_ = submitted;
  return submitted.waitRequest().send().then(
      [this](auto&& answer) {
        job_ = nullptr;
        image_ = nullptr;
        outcome_.result = wire::read(answer.getResult());
        if (answer.hasBytes()) {
          bytes_ = kj::heapArray<kj::byte>(answer.getBytes());
        } else {
          file_ = answer.getFile();
        }
        outcome_.run = lap();
      },
      [this](kj::Exception&& error) {
        job_ = nullptr;
        kj::throwFatalException(kj::mv(error));
      });
}

kj::Promise<void> JobTask::download() {
  const std::uint64_t total = outcome_.result.bytes;
  // The master may hold the sink longer than the job lives.
  auto done = [received = received_](kj::AutoCloseFd, std::uint64_t bytes) { *received = bytes; };
  auto stored = [observer = std::weak_ptr(observer_), total](std::uint64_t bytes) {
    const auto told = observer.lock();
    if (told && told->downloaded) told->downloaded(bytes, total);
  };
  return kj::evalNow([&]() -> kj::Promise<void> {
           if (bytes_.size() > 0) {
             method([&] { transport::write_file(output_.duplicate(), 0, bytes_); });
             *received_ = bytes_.size();
             stored(bytes_.size());
             return kj::READY_NOW;
           }
           auto request = KJ_ASSERT_NONNULL(file_).sendRequest();
           request.setSink(method([&] {
             return kj::heap<transport::FileSink>(output_.duplicate(), total, std::move(done),
                                                  std::move(stored));
           }));
           return request.send().ignoreResult();
         })
      .then(
          [this] {
            method([this] {
              if (*received_ != outcome_.result.bytes || *received_ == 0) {
                throw Error(Fault::failed, "the master did not send the whole file");
              }
              output_.commit();
            });
            outcome_.download = lap();
          },
          [this](kj::Exception&& error) {
            if (is_loss(error)) kj::throwFatalException(kj::mv(error));
            const Error reason = transport::from_kj(error);
            kj::throwFatalException(
                transport::to_kj(Error(Fault::failed, "the result can't be stored here, in " +
                                                          spec_.output.string() + ": " + reason.what())));
          });
}

std::chrono::microseconds JobTask::lap() {
  const auto now = Clock::now();
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(now - lap_start_);
  lap_start_ = now;
  return time;
}

}  // namespace tilework::client

#include "client/session/session.h"

#include <array>
#include <atomic>
#include <utility>

#include <unistd.h>

#include "client/session/core_thread.h"
#include "client/session/session_core.h"
#include "schema/model/error.h"

namespace tilework::client {

// The system's numbers: the processor's own, which std::random_device asks for, take many times as long.
std::string new_job_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    throw Error(Fault::machine, "the system gives no random numbers");
  }
  std::string id;
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte / 16];
    id += "0123456789abcdef"[byte % 16];
  }
  return id;
}

class Session::Impl : public CoreThread<SessionCore> {
 public:
  Impl(std::vector<transport::Endpoint> masters, SessionOptions options)
      : CoreThread(
            [masters = std::move(masters), options = std::move(options)](kj::AsyncIoContext& io) mutable {
              return std::make_unique<SessionCore>(*io.provider, std::move(masters), std::move(options));
            }) {}

  std::atomic<std::uint64_t> last_number = 0;  // of pictures and renders
};

Session::Session(std::vector<transport::Endpoint> masters, SessionOptions options)
    : impl_(std::make_unique<Impl>(std::move(masters), std::move(options))) {}

Session::~Session() = default;

std::future<FilterList> Session::filters(std::uint64_t known) {
  return impl_->ask<FilterList>(
      [known](SessionCore& core, auto answer) { core.filters(known, std::move(answer)); });
}

std::future<ClusterStatus> Session::status() {
  return impl_->ask<ClusterStatus>([](SessionCore& core, auto answer) { core.status(std::move(answer)); });
}

std::future<JobOutcome> Session::apply(JobSpec spec, JobObserver observer) {
  return impl_->ask<JobOutcome>(
      [spec = std::move(spec), observer = std::move(observer)](SessionCore& core, auto answer) mutable {
        core.apply(std::move(spec), std::move(observer), std::move(answer));
      });
}

void Session::cancel(const std::string& id) {
  impl_->post([id](SessionCore& core) { core.cancel(id); });
}

void Session::cancel_all() {
  impl_->post([](SessionCore& core) { core.cancel_all(); });
}

std::uint64_t Session::open_picture(std::filesystem::path path, std::string name, PictureObserver observer) {
  const auto number = ++impl_->last_number;
  impl_->post([number, path = std::move(path), name = std::move(name),
               observer = std::move(observer)](SessionCore& core) mutable {
    core.pictures().open(number, std::move(path), std::move(name), std::move(observer));
  });
  return number;
}

void Session::close_picture(std::uint64_t picture) {
  impl_->post([picture](SessionCore& core) { core.pictures().close(picture); });
}

std::uint64_t Session::render(std::uint64_t picture, RenderRequest request, RenderObserver observer) {
  const auto number = ++impl_->last_number;
  impl_->post([number, picture, request = std::move(request),
               observer = std::move(observer)](SessionCore& core) mutable {
    core.pictures().render(number, picture, std::move(request), std::move(observer));
  });
  return number;
}

void Session::cancel_render(std::uint64_t render) {
  impl_->post([render](SessionCore& core) { core.pictures().cancel(render); });
}

}  // namespace tilework::client

#include "client/session/session.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <random>
#include <utility>

#include "client/session/core_thread.h"
#include "client/session/session_core.h"

namespace tilework::client {

std::string new_job_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", random());
    id += digits.data();
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

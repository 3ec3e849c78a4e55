#include "client/session/master_probe.h"

#include <utility>

#include "schema/model/error.h"

namespace tilework::client {
namespace {

SessionOptions options_with(std::function<void()> answered) {
  SessionOptions options;
  options.name = "tilework probe";
  options.connect_timeout = std::chrono::seconds(3);
  options.answered = std::move(answered);
  return options;
}

}  // namespace

MasterProbe::MasterProbe(const transport::Endpoint& master, std::function<void()> answered)
    : session_({master}, options_with(std::move(answered))), answer_(session_.status()) {}

std::optional<MasterAnswer> MasterProbe::take() {
  if (!answer_.valid() || answer_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
  try {
    answer_.get();
    return MasterAnswer{true, time, {}};
  } catch (const Error& error) {
    return MasterAnswer{false, time, error.what()};
  }
}

}  // namespace tilework::client

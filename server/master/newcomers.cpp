#include "server/master/newcomers.h"

#include <algorithm>
#include <utility>

#include "server/logging/log.h"

namespace tilework::master {

Newcomers::Newcomers(kj::Timer& timer, unsigned at_once, std::chrono::milliseconds patience)
    : timer_(timer), at_once_(at_once), patience_(patience), seldom_(timer, 10 * kj::SECONDS) {}

std::shared_ptr<Newcomers::Visit> Newcomers::admit(std::string host) {
  auto visit = std::make_shared<Visit>(*this, std::move(host));
  while (waiting_.size() > at_once_) make_room("too many connections haven't signed in");
  return visit;
}

bool Newcomers::make_room(const char* reason) {
  std::map<std::string, unsigned> by_host;
  for (const auto& [number, visit] : waiting_) ++by_host[visit->host_];
  const auto most = std::ranges::max_element(by_host, {}, [](const auto& host) { return host.second; });
  if (most == by_host.end()) return false;
  const auto first = std::ranges::find_if(
      waiting_, [&](const auto& waiting) { return waiting.second->host_ == most->first; });
  turn_away(*first->second, reason);
  return true;
}

void Newcomers::turn_away(Visit& visit, const std::string& reason) {
  visit.stop_waiting();
  visit.turned_away_.fulfiller->fulfill();
  if (const auto left_out = seldom_.due()) {
    spdlog::warn("connection turned away host={} reason=\"{}\" others_before={}", visit.host_, reason,
                 *left_out);
  }
}

Newcomers::Visit::Visit(Newcomers& newcomers, std::string host)
    : newcomers_(newcomers), host_(std::move(host)) {
  wait();
}

Newcomers::Visit::~Visit() noexcept {
  stop_waiting();
}

void Newcomers::Visit::wait() {
  number_ = ++newcomers_.last_;
  newcomers_.waiting_.emplace(number_, this);
  const auto patience = newcomers_.patience_;
  patience_ = newcomers_.timer_.afterDelay(patience.count() * kj::MILLISECONDS)
                  .then([this, patience] {
                    newcomers_.turn_away(
                        *this, "it hasn't signed in within " + std::to_string(patience.count()) + " ms");
                  })
                  .eagerlyEvaluate(nullptr);
}

void Newcomers::Visit::stop_waiting() {
  newcomers_.waiting_.erase(std::exchange(number_, 0));
}

kj::Own<void> Newcomers::Visit::sign_in() {
  if (signed_in_++ == 0) {
    stop_waiting();
    patience_ = nullptr;
  }
  return kj::heap(kj::defer([visit = shared_from_this()] {
    if (--visit->signed_in_ == 0) visit->wait();
  }));
}

}  // namespace tilework::master

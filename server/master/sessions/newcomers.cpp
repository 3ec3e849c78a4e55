#include "server/master/sessions/newcomers.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "server/logging/log.h"

namespace tilework::master {
namespace {

// What one provider gives one customer, who has many addresses at no cost: /24 of IPv4, /64 of IPv6. Whatever
// is no address is a network by itself.
std::string network_of(const std::string& host) {
  std::array<char, sizeof(in6_addr)> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) return {address.data(), 3};
  if (::inet_pton(AF_INET6, host.c_str(), address.data()) == 1) return {address.data(), 8};
  return host;
}

}  // namespace

Newcomers::Newcomers(kj::Timer& timer, unsigned at_once, std::chrono::milliseconds patience)
    : timer_(timer), at_once_(at_once), patience_(patience), seldom_(timer, 10 * kj::SECONDS) {}

std::shared_ptr<Newcomers::Visit> Newcomers::admit(std::string host) {
  auto visit = std::make_shared<Visit>(*this, std::move(host));
  while (waiting_.size() > at_once_) make_room("too many connections haven't signed in");
  return visit;
}

bool Newcomers::make_room(const char* reason) {
  std::map<std::string, unsigned> by_network;
  for (const auto& [number, visit] : waiting_) ++by_network[visit->network_];
  unsigned most = 0;
  for (const auto& [network, count] : by_network) most = std::max(most, count);
  const auto first = std::ranges::find_if(
      waiting_, [&](const auto& waiting) { return by_network[waiting.second->network_] == most; });
  if (first == waiting_.end()) return false;
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
    : newcomers_(newcomers), host_(std::move(host)), network_(network_of(host_)) {
  wait();
}

Newcomers::Visit::~Visit() noexcept {
  stop_waiting();
}

void Newcomers::Visit::wait() {
  *budget_ = transport::newcomer_budget;
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

kj::Own<void> Newcomers::Visit::sign_in(const transport::Budget& budget, std::function<void()> leave) {
  *budget_ = budget;
  stop_waiting();
  patience_ = nullptr;
  leave_ = std::move(leave);
  return kj::heap(kj::defer([visit = shared_from_this()] {
    if (std::exchange(visit->leave_, nullptr)) visit->wait();
  }));
}

void Newcomers::Visit::end() {
  stop_waiting();
  patience_ = nullptr;
  if (const auto leave = std::exchange(leave_, nullptr)) leave();
}

}  // namespace tilework::master

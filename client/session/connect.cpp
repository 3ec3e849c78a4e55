#include "client/session/connect.h"

#include <utility>

#include "client/session/unusable.h"
#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

using transport::Endpoint;

class Connecting {
 public:
  Connecting(kj::AsyncIoProvider& io, std::vector<Endpoint> masters, std::string client_name,
             std::chrono::milliseconds timeout)
      : io_(io),
        masters_(std::move(masters)),
        client_name_(std::move(client_name)),
        timeout_(timeout.count() * kj::MILLISECONDS) {}

  kj::Promise<std::shared_ptr<Link>> next() {
    if (index_ == masters_.size()) return transport::to_kj(nobody());
    reached_ = false;
    return io_.getTimer()
        .timeoutAfter(timeout_, open(masters_[index_]))
        .catch_([this](kj::Exception&& error) {
          reasons_.push_back(why_unusable(error, reached_));
          ++index_;
          return next();
        });
  }

 private:
  kj::Promise<std::shared_ptr<Link>> open(const Endpoint& master) {
    return io_.getNetwork()
        .parseAddress(master.host, master.port)
        .then(
            [](kj::Own<kj::NetworkAddress>&& address) { return address->connect().attach(kj::mv(address)); })
        .then([this, master](kj::Own<kj::AsyncIoStream>&& stream) {
          reached_ = true;
          auto link = std::make_shared<Link>(master, kj::mv(stream));
          return link->open(client_name_).then([link] { return link; });
        });
  }

  Error nobody() const {
    if (masters_.size() == 1) {
      const std::string at = masters_[0].text();
      if (reached_) return {Fault::unreachable, at + " can't be used: " + reasons_[0]};
      return {Fault::unreachable,
              "nobody answers at " + at + " (" + reasons_[0] +
                  "); is tilework-server running there? Check the address, or leave --master "
                  "and $TILEWORK_MASTER away to use a private cluster"};
    }
    std::string text = "no master answers: ";
    for (std::size_t i = 0; i < masters_.size(); ++i) {
      text += (i == 0 ? "" : ", ") + masters_[i].text() + " (" + reasons_[i] + ")";
    }
    return {Fault::unreachable, text + "; is tilework-server running there?"};
  }

  kj::AsyncIoProvider& io_;
  std::vector<Endpoint> masters_;
  std::string client_name_;
  kj::Duration timeout_;
  std::size_t index_ = 0;
  bool reached_ = false;  // somebody accepted the connection
  std::vector<std::string> reasons_;
};

}  // namespace

kj::Promise<std::shared_ptr<Link>> connect(kj::AsyncIoProvider& io, std::vector<Endpoint> masters,
                                           std::string client_name, std::chrono::milliseconds timeout) {
  auto connecting = kj::heap<Connecting>(io, std::move(masters), std::move(client_name), timeout);
  auto promise = connecting->next();
  return promise.attach(kj::mv(connecting));
}

}  // namespace tilework::client

#include "client/admin/admin_link.h"

#include <utility>

#include "client/session/unusable.h"
#include "schema/master.capnp.h"
#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

using transport::Endpoint;

class Connecting {
 public:
  Connecting(kj::AsyncIoProvider& io, std::vector<Endpoint> masters, std::string token,
             std::chrono::milliseconds timeout)
      : io_(io),
        masters_(std::move(masters)),
        token_(std::move(token)),
        timeout_(timeout.count() * kj::MILLISECONDS) {}

  kj::Promise<std::shared_ptr<AdminLink>> next() {
    if (index_ == masters_.size()) return transport::to_kj(nobody());
    reached_ = false;
    return io_.getTimer()
        .timeoutAfter(timeout_, open(masters_[index_]))
        .catch_([this](kj::Exception&& error) -> kj::Promise<std::shared_ptr<AdminLink>> {
          const auto at = masters_[index_].text();
          if (transport::from_kj(error).fault() == Fault::denied) {
            return transport::to_kj(Error(Fault::denied, "the master at " + at + " refuses the token"));
          }
          reasons_.push_back(error.getType() == kj::Exception::Type::UNIMPLEMENTED
                                 ? "its version can't be administered"
                                 : why_unusable(error, reached_));
          ++index_;
          return next();
        });
  }

 private:
  kj::Promise<std::shared_ptr<AdminLink>> open(const Endpoint& master) {
    return io_.getNetwork()
        .parseAddress(master.host, master.port)
        .then(
            [](kj::Own<kj::NetworkAddress>&& address) { return address->connect().attach(kj::mv(address)); })
        .then([this, master](kj::Own<kj::AsyncIoStream>&& stream) {
          reached_ = true;
          auto link = std::make_shared<AdminLink>();
          link->master = master;
          link->connection = kj::heap<transport::Connection>(
              kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, transport::nothing());
          auto request = link->connection->bootstrap().castAs<rpc::Master>().openAdminRequest();
          request.setToken(token_);
          return request.send()
              .then([link](auto&& answer) {
                link->admin = answer.getAdmin();
                return link;
              })
              .attach(std::shared_ptr<AdminLink>(link));
        });
  }

  Error nobody() const {
    if (masters_.size() == 1) {
      const std::string at = masters_[0].text();
      return {Fault::unreachable, reached_ ? at + " can't be used: " + reasons_[0]
                                           : "nobody answers at " + at + " (" + reasons_[0] + ")"};
    }
    std::string text = "no master answers: ";
    for (std::size_t i = 0; i < masters_.size(); ++i) {
      text += (i == 0 ? "" : ", ") + masters_[i].text() + " (" + reasons_[i] + ")";
    }
    return {Fault::unreachable, text};
  }

  kj::AsyncIoProvider& io_;
  std::vector<Endpoint> masters_;
  std::string token_;
  kj::Duration timeout_;
  std::size_t index_ = 0;
  bool reached_ = false;  // somebody accepted the connection
  std::vector<std::string> reasons_;
};

}  // namespace

Error AdminLink::explain(const kj::Exception& exception) const {
  if (exception.getType() == kj::Exception::Type::DISCONNECTED) {
    return {Fault::unreachable, "the connection to the master at " + master.text() + " was lost"};
  }
  if (exception.getType() == kj::Exception::Type::OVERLOADED) {
    return {Fault::unreachable, "the master at " + master.text() + " doesn't answer in time"};
  }
  if (exception.getType() == kj::Exception::Type::UNIMPLEMENTED) {
    return {Fault::failed, "the master at " + master.text() + " is of a version that can't do that"};
  }
  const Error error = transport::from_kj(exception);
  return {error.fault() == Fault::user ? Fault::failed : error.fault(), error.what()};
}

kj::Promise<std::shared_ptr<AdminLink>> connect_admin(kj::AsyncIoProvider& io, std::vector<Endpoint> masters,
                                                      std::string token, std::chrono::milliseconds timeout) {
  auto connecting = kj::heap<Connecting>(io, std::move(masters), std::move(token), timeout);
  auto promise = connecting->next();
  return promise.attach(kj::mv(connecting));
}

}  // namespace tilework::client

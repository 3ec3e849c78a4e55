#include "client/admin/admin_link.h"

#include <utility>

#include "client/session/connect.h"
#include "schema/master.capnp.h"
#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

using transport::Endpoint;

// What the administrator hears when a master accepts the connection, and not the token.
kj::Exception why_refused(const Endpoint& master, kj::Exception&& error) {
  if (transport::from_kj(error).fault() == Fault::denied) {
    return transport::to_kj(Error(Fault::denied, "the master at " + master.text() + " refuses the token"));
  }
  if (error.getType() == kj::Exception::Type::UNIMPLEMENTED) {
    return transport::to_kj(Error(Fault::failed, "its version can't be administered"));
  }
  return kj::mv(error);
}

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
  auto link = std::make_shared<std::shared_ptr<AdminLink>>();
  auto greet = [link, token = std::move(token)](const Endpoint& master, kj::Own<kj::AsyncIoStream> stream) {
    *link = std::make_shared<AdminLink>();
    (*link)->master = master;
    (*link)->connection =
        kj::heap<transport::Connection>(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT,
                                        transport::nothing(), transport::fixed(transport::master_budget));
    auto request = (*link)->connection->bootstrap().castAs<rpc::Master>().openAdminRequest();
    request.setToken(token);
    return request.send().then(
        [link](auto&& answer) { (*link)->admin = answer.getAdmin(); },
        [master](kj::Exception&& error) { kj::throwFatalException(why_refused(master, kj::mv(error))); });
  };
  return greet_first(io, std::move(masters), timeout, std::move(greet), {}).then([link] {
    return std::move(*link);
  });
}

}  // namespace tilework::client

#include "client/admin/admin_core.h"

#include "schema/transport/errors.h"

namespace tilework::client {

// The link that there is, or a new one.
kj::Promise<std::shared_ptr<AdminLink>> AdminCore::link() {
  KJ_IF_MAYBE (link, link_) {
    return link->addBranch();
  }
  const auto number = ++link_number_;
  auto forked = connect_admin(io_, masters_, options_.token, options_.connect_timeout).fork();
  auto branch = forked.addBranch();
  // Whatever ends the link, the next call makes another.
  watching_.add(forked.addBranch()
                    .then([](std::shared_ptr<AdminLink>&& link) {
                      auto gone = link->connection->on_disconnect();
                      return gone.attach(std::move(link));
                    })
                    .catch_([](kj::Exception&&) {})
                    .then([this, number] {
                      if (number == link_number_) link_ = nullptr;
                    }));
  link_ = kj::mv(forked);
  return branch;
}

void AdminCore::explain(const AdminLink& link, const kj::Exception& error) {
  kj::throwFatalException(transport::to_kj(link.explain(error)));
}

Error AdminCore::error_of(const kj::Exception& error) {
  return transport::from_kj(error);
}

}  // namespace tilework::client

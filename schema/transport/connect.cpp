#include "schema/transport/connect.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tilework::transport {
namespace {

// KJ's text of an address: "192.0.2.7:7400,[2001:db8::1]:7400" where a name has several.
std::vector<std::string> split(kj::NetworkAddress& address) {
  std::vector<std::string> list;
  const std::string text = address.toString().cStr();
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    list.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

class Connecting {
 public:
  Connecting(kj::Network& network, kj::Timer& timer, kj::Duration patience)
      : network_(network), timer_(timer), patience_(patience) {}

  kj::Promise<kj::Own<kj::AsyncIoStream>> begin(const Endpoint& endpoint) {
    return network_.parseAddress(endpoint.host, endpoint.port)
        .then([this](kj::Own<kj::NetworkAddress>&& address) {
          addresses_ = split(*address);
          return next(0);
        });
  }

 private:
  kj::Promise<kj::Own<kj::AsyncIoStream>> next(std::size_t index) {
    auto connected = connect(addresses_[index]);
    if (index + 1 == addresses_.size()) return connected;
    return timer_.timeoutAfter(patience_, kj::mv(connected)).catch_([this, index](kj::Exception&&) {
      return next(index + 1);
    });
  }

  kj::Promise<kj::Own<kj::AsyncIoStream>> connect(const std::string& address) {
    return network_.parseAddress(address).then(
        [](kj::Own<kj::NetworkAddress>&& parsed) { return parsed->connect().attach(kj::mv(parsed)); });
  }

  kj::Network& network_;
  kj::Timer& timer_;
  kj::Duration patience_;
  std::vector<std::string> addresses_;
};

}  // namespace

kj::Promise<kj::Own<kj::AsyncIoStream>> connect(kj::Network& network, kj::Timer& timer,
                                                const Endpoint& endpoint, kj::Duration patience) {
  auto connecting = kj::heap<Connecting>(network, timer, patience);
  auto promise = connecting->begin(endpoint);
  return promise.attach(kj::mv(connecting));
}

}  // namespace tilework::transport

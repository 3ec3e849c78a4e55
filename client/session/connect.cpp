#include "client/session/connect.h"

#include <deque>
#include <utility>

#include "schema/transport/connect.h"
#include "schema/transport/errors.h"

namespace tilework::client {
namespace {

using transport::Endpoint;

// For one of a host's addresses; all of them, and the greeting, have the caller's time.
constexpr auto address_patience = 2 * kj::SECONDS;

// A master to which too many connect hangs up on some of them, and has room again in a moment.
constexpr auto pause_after_hanging_up = 250 * kj::MILLISECONDS;
constexpr int more_rounds = 2;

// The system's own words at the end of KJ's description, as in "connect(): Connection refused" and
// "DNS lookup failed.; params.host = x; gai_strerror(status) = Name or service not known".
std::string reason_of(const kj::Exception& exception) {
  std::string text = transport::from_kj(exception).what();
  const auto equals = text.rfind(" = ");
  if (equals != std::string::npos) return text.substr(equals + 3);
  const auto colon = text.rfind("): ");
  return colon == std::string::npos ? text : text.substr(colon + 3);
}

bool hangs_up(const kj::Exception& error, bool reached) {
  return reached && error.getType() == kj::Exception::Type::DISCONNECTED;
}

// Why a master can't be used. `reached` says that somebody accepted the connection.
std::string why_unusable(const kj::Exception& error, bool reached) {
  const bool timeout = error.getType() == kj::Exception::Type::OVERLOADED;
  if (!reached) return timeout ? "no answer in time" : reason_of(error);
  if (timeout) return "it accepts connections but doesn't answer as a Tilework master does";
  if (hangs_up(error, reached)) {
    return "it hangs up: either it is no Tilework master, or too many connect to it just now; try again in a "
           "moment";
  }
  return transport::from_kj(error).what();
}

class Connecting {
 public:
  Connecting(kj::AsyncIoProvider& io, std::vector<Endpoint> masters, std::chrono::milliseconds timeout,
             Greet greet, ConnectAdvice advice)
      : io_(io),
        masters_(std::move(masters)),
        timeout_(timeout.count() * kj::MILLISECONDS),
        greet_(std::move(greet)),
        advice_(std::move(advice)),
        reasons_(masters_.size()) {
    for (std::size_t i = 0; i < masters_.size(); ++i) turn_.push_back(i);
  }

  kj::Promise<void> next() {
    if (turn_.empty()) return next_round();
    const std::size_t index = turn_.front();
    turn_.pop_front();
    reached_ = false;
    return io_.getTimer()
        .timeoutAfter(timeout_, open(masters_[index]))
        .catch_([this, index](kj::Exception&& error) -> kj::Promise<void> {
          if (transport::from_kj(error).fault() == Fault::denied) return kj::mv(error);
          reasons_[index] = why_unusable(error, reached_);
          if (hangs_up(error, reached_)) again_.push_back(index);
          return next();
        });
  }

 private:
  kj::Promise<void> next_round() {
    if (again_.empty() || rounds_++ == more_rounds) return transport::to_kj(nobody());
    turn_ = std::exchange(again_, {});
    return io_.getTimer().afterDelay(pause_after_hanging_up).then([this] { return next(); });
  }

  kj::Promise<void> open(const Endpoint& master) {
    return transport::connect(io_.getNetwork(), io_.getTimer(), master, address_patience)
        .then([this, master](kj::Own<kj::AsyncIoStream>&& stream) {
          reached_ = true;
          return greet_(master, kj::mv(stream));
        });
  }

  Error nobody() const {
    if (masters_.size() == 1) {
      const std::string at = masters_[0].text();
      if (reached_) return {Fault::unreachable, at + " can't be used: " + reasons_[0]};
      return {Fault::unreachable, "nobody answers at " + at + " (" + reasons_[0] + ")" + advice_.one};
    }
    std::string text = "no master answers: ";
    for (std::size_t i = 0; i < masters_.size(); ++i) {
      text += (i == 0 ? "" : ", ") + masters_[i].text() + " (" + reasons_[i] + ")";
    }
    return {Fault::unreachable, text + advice_.several};
  }

  kj::AsyncIoProvider& io_;
  std::vector<Endpoint> masters_;
  kj::Duration timeout_;
  Greet greet_;
  ConnectAdvice advice_;
  std::deque<std::size_t> turn_;   // masters that this round has left
  std::deque<std::size_t> again_;  // those for the next
  int rounds_ = 0;
  bool reached_ = false;              // somebody accepted the connection
  std::vector<std::string> reasons_;  // of each master
};

}  // namespace

kj::Promise<void> greet_first(kj::AsyncIoProvider& io, std::vector<Endpoint> masters,
                              std::chrono::milliseconds timeout, Greet greet, ConnectAdvice advice) {
  auto connecting =
      kj::heap<Connecting>(io, std::move(masters), timeout, std::move(greet), std::move(advice));
  auto promise = connecting->next();
  return promise.attach(kj::mv(connecting));
}

kj::Promise<std::shared_ptr<Link>> connect(kj::AsyncIoProvider& io, std::vector<Endpoint> masters,
                                           ClientInfo client, std::chrono::milliseconds timeout) {
  auto link = std::make_shared<std::shared_ptr<Link>>();
  auto greet = [link, client = std::move(client)](const Endpoint& master, kj::Own<kj::AsyncIoStream> stream) {
    *link = std::make_shared<Link>(master, kj::mv(stream));
    return (*link)->open(client);
  };
  ConnectAdvice advice{
      "; is tilework-server running there? Check the address, or leave --master "
      "and $TILEWORK_MASTER away to use a private cluster",
      "; is tilework-server running there?"};
  return greet_first(io, std::move(masters), timeout, std::move(greet), std::move(advice)).then([link] {
    return std::move(*link);
  });
}

}  // namespace tilework::client

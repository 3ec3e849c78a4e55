#include "client/session/link_keeper.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <unistd.h>

#include "schema/transport/errors.h"
#include "schema/transport/machine.h"

namespace tilework::client {
namespace {

// Between two rounds through the list: a server that starts again needs about as long.
constexpr auto pause = 200 * kj::MILLISECONDS;

}  // namespace

ClientInfo LinkKeeper::this_client(const std::string& program) {
  return {program, transport::user_name(), transport::host_name(), static_cast<std::uint32_t>(::getpid())};
}

kj::Promise<std::shared_ptr<Link>> LinkKeeper::link() {
  KJ_IF_MAYBE (link, link_) {
    return link->addBranch();
  }
  if (ended_) return transport::to_kj(*ended_);
  const auto number = ++number_;
  auto forked = find(io_.getTimer().now()).fork();
  auto branch = forked.addBranch();
  watching_.add(forked.addBranch()
                    .then([this](std::shared_ptr<Link>&& link) {
                      auto lost = link->lost();
                      return lost.then([this, link] { forget(*link); });
                    })
                    .catch_([this, number](kj::Exception&&) {
                      if (number == number_) link_ = nullptr;
                    }));
  link_ = kj::mv(forked);
  return branch;
}

void LinkKeeper::forget(const Link& lost) {
  if (lost.number != number_) return;  // another is there, or being looked for
  const auto at = std::ranges::find(masters_, lost.master()) - masters_.begin();
  first_ = (static_cast<std::size_t>(at) + 1) % masters_.size();
  ended_ = lost.ended();
  loss_ = Loss{lost.master().text(), ended_ ? ended_->what() : lost.why_lost()};
  link_ = nullptr;
  if (options_.link_changed) options_.link_changed({loss_->master, false, loss_->why});
}

// A round through the list, and more of them for as long as the patience lasts.
kj::Promise<std::shared_ptr<Link>> LinkKeeper::find(kj::TimePoint begin) {
  return connect(io_, in_turn(), client_, options_.connect_timeout)
      .then(
          [this](std::shared_ptr<Link>&& link) -> kj::Promise<std::shared_ptr<Link>> {
            link->number = number_;
            link->watch(io_.getTimer(), options_.ping_interval, options_.ping_deadline);
            if (options_.link_changed) options_.link_changed({link->master().text(), true});
            return std::move(link);
          },
          [this, begin](kj::Exception&& error) { return look_again(begin, kj::mv(error)); });
}

kj::Promise<std::shared_ptr<Link>> LinkKeeper::look_again(kj::TimePoint begin, kj::Exception&& last_round) {
  if (!loss_) return kj::mv(last_round);
  if (io_.getTimer().now() - begin >= options_.patience.count() * kj::MILLISECONDS) {
    auto error = transport::to_kj(out_of_patience(transport::from_kj(last_round)));
    loss_.reset();
    return error;
  }
  return io_.getTimer().afterDelay(pause).then([this, begin] { return find(begin); });
}

std::vector<transport::Endpoint> LinkKeeper::in_turn() const {
  auto masters = masters_;
  std::ranges::rotate(masters, masters.begin() + static_cast<std::ptrdiff_t>(first_));
  return masters;
}

Error LinkKeeper::out_of_patience(const Error& last_round) const {
  std::ostringstream text;
  text << "the master at " << loss_->master << " was lost (" << loss_->why
       << "), nothing was stored, and no other was found in "
       << static_cast<double>(options_.patience.count()) / 1000 << " s: " << last_round.what();
  return {Fault::unreachable, text.str()};
}

}  // namespace tilework::client

#include "schema/transport/account.h"

#include <algorithm>
#include <string>

#include "schema/model/error.h"

namespace tilework::transport {
namespace {

namespace protocol = capnp::rpc;

[[noreturn]] void fail(const std::string& what) {
  throw Error(Fault::failed, "it spoke out of turn: " + what);
}

[[noreturn]] void over(const Budget& budget, const char* what, std::uint64_t limit) {
  throw Error(Fault::failed,
              std::string("it has more ") + what + " than " + budget.peer + " may: " + std::to_string(limit));
}

}  // namespace

void Account::Passed::add(const Numbers& numbers) {
  for (const auto number : numbers) ++times_[number];
}

void Account::Passed::take(const Numbers& numbers) {
  for (const auto number : numbers) take(number, 1);
}

// Who gives back what he hasn't got is told so by the library.
void Account::Passed::take(Number number, std::uint64_t count) {
  const auto found = times_.find(number);
  if (found == times_.end()) return;
  found->second -= std::min(found->second, count);
  if (found->second == 0) times_.erase(found);
}

// Those that the sender of a table hosts.
Account::Numbers Account::hosted(capnp::List<protocol::CapDescriptor>::Reader table) {
  Numbers numbers;
  for (const auto entry : table) {
    if (entry.isSenderHosted()) numbers.push_back(entry.getSenderHosted());
    if (entry.isSenderPromise()) numbers.push_back(entry.getSenderPromise());
  }
  return numbers;
}

// As before, of a table that came.
Account::Numbers Account::received(capnp::List<protocol::CapDescriptor>::Reader table) {
  for (const auto entry : table) {
    if (entry.isSenderPromise() || entry.isThirdPartyHosted()) fail("it passed a promised capability");
  }
  return hosted(table);
}

void Account::came(protocol::Message::Reader message) {
  switch (message.which()) {
    case protocol::Message::BOOTSTRAP:
      return asked(message.getBootstrap().getQuestionId());
    case protocol::Message::CALL:
      return came(message.getCall());
    case protocol::Message::RETURN:
      return came(message.getReturn());
    case protocol::Message::FINISH:
      return came(message.getFinish());
    case protocol::Message::RELEASE:
      return lent_.take(message.getRelease().getId(), message.getRelease().getReferenceCount());
    case protocol::Message::ABORT:
      return;
    default:
      fail("nobody here needs messages of kind " + std::to_string(static_cast<unsigned>(message.which())));
  }
}

void Account::asked(Number number) {
  if (budget_->calls == 0) fail("it asked for something");
  if (!theirs_.try_emplace(number).second) fail("two of its calls have one number");
  if (theirs_.size() > budget_->calls) over(*budget_, "calls under way", budget_->calls);
  if (lent_.size() > budget_->lent) over(*budget_, "of our capabilities", budget_->lent);
}

void Account::came(protocol::Call::Reader call) {
  asked(call.getQuestionId());
  if (!call.getSendResultsTo().isCaller()) fail("the answer to its call is for somebody else");
  hold(received(call.getParams().getCapTable()));
}

void Account::came(protocol::Return::Reader answer) {
  const auto found = ours_.find(answer.getAnswerId());
  if (found == ours_.end() || found->second.answered) fail("it answered what it wasn't asked");
  auto& our = found->second;
  our.answered = true;
  if (answer.getReleaseParamCaps()) lent_.take(our.lent);
  if (answer.isResults()) our.held = received(answer.getResults().getCapTable());
  // The library ignores what comes for a call that was dropped.
  if (!our.releases) hold(our.held);
  if (our.finished) ours_.erase(found);
}

void Account::came(protocol::Finish::Reader finish) {
  const auto found = theirs_.find(finish.getQuestionId());
  if (found == theirs_.end() || found->second.finished) fail("it ended a call that it hasn't made");
  auto& their = found->second;
  their.finished = true;
  their.releases = finish.getReleaseResultCaps();
  if (!their.answered) return;
  if (their.releases) lent_.take(their.lent);
  theirs_.erase(found);
}

void Account::hold(const Numbers& capabilities) {
  held_.add(capabilities);
  if (held_.size() > budget_->held) over(*budget_, "capabilities with us", budget_->held);
}

void Account::goes(protocol::Message::Reader message) {
  switch (message.which()) {
    case protocol::Message::BOOTSTRAP:
      ours_[message.getBootstrap().getQuestionId()] = {};
      return;
    case protocol::Message::CALL:
      return goes(message.getCall());
    case protocol::Message::RETURN:
      return goes(message.getReturn());
    case protocol::Message::FINISH:
      return goes(message.getFinish());
    case protocol::Message::RELEASE:
      return held_.take(message.getRelease().getId(), message.getRelease().getReferenceCount());
    default:
      return;
  }
}

void Account::goes(protocol::Call::Reader call) {
  auto& our = ours_[call.getQuestionId()] = {};
  our.lent = hosted(call.getParams().getCapTable());
  lent_.add(our.lent);
}

void Account::goes(protocol::Return::Reader answer) {
  const auto found = theirs_.find(answer.getAnswerId());
  if (found == theirs_.end()) return;
  auto& their = found->second;
  their.answered = true;
  if (answer.isResults()) their.lent = hosted(answer.getResults().getCapTable());
  lent_.add(their.lent);
  if (!their.finished) return;
  if (their.releases) lent_.take(their.lent);
  theirs_.erase(found);
}

void Account::goes(protocol::Finish::Reader finish) {
  const auto found = ours_.find(finish.getQuestionId());
  if (found == ours_.end()) return;
  auto& our = found->second;
  our.finished = true;
  our.releases = finish.getReleaseResultCaps();
  if (!our.answered) return;
  if (our.releases) held_.take(our.held);
  ours_.erase(found);
}

}  // namespace tilework::transport

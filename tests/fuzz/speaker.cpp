#include "tests/fuzz/speaker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <capnp/capability.h>
#include <capnp/serialize.h>

namespace tilework::fuzz {
namespace {

namespace protocol = capnp::rpc;

constexpr std::size_t most_questions = 64;  // that are remembered

// Where it isn't known what was asked.
capnp::StructSchema unknown_results() {
  return capnp::Schema::from<protocol::Bootstrap>();
}

}  // namespace

Speaker::Speaker(Source& source, const Words& words, capnp::InterfaceSchema offered,
                 std::vector<capnp::InterfaceSchema> callable)
    : source_(source), filler_(source, words, targets_), offered_(offered), callable_(std::move(callable)) {}

// With a few bytes changed, by choice.
std::string Speaker::encoded(capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  std::string bytes(words.asChars().begin(), words.asChars().size());
  const std::uint8_t choice = source_.byte();
  for (unsigned i = 0xf0; i < choice; ++i) {
    bytes[source_.whole(2) % bytes.size()] = static_cast<char>(source_.byte());
  }
  return bytes;
}

std::string Speaker::bootstrap() {
  capnp::MallocMessageBuilder message;
  message.initRoot<protocol::Message>().initBootstrap().setQuestionId(questions_);
  targets_.push_back({questions_++, nullptr, offered_});
  ++unanswered_;
  return encoded(message);
}

void Speaker::write_call(capnp::MessageBuilder& message, const Target& target,
                         capnp::InterfaceSchema::Method method,
                         const std::function<void(protocol::Payload::Builder)>& fill) {
  auto call = message.initRoot<protocol::Message>().initCall();
  call.setQuestionId(questions_);
  write_target(call.initTarget().initPromisedAnswer(), target);
  call.setInterfaceId(method.getContainingInterface().getProto().getId());
  call.setMethodId(static_cast<std::uint16_t>(method.getOrdinal()));
  fill(call.initParams());
  for (const auto field : method.getResultType().getFields()) {
    if (!field.getType().isInterface()) continue;
    const auto place = static_cast<std::uint16_t>(field.getProto().getSlot().getOffset());
    targets_.push_back({questions_, place, field.getType().asInterface()});
  }
  ++questions_;
  ++unanswered_;
}

const Target& Speaker::newest_with(const char* method) const {
  for (auto target = targets_.rbegin(); target != targets_.rend(); ++target) {
    if (target->interface.findMethodByName(method) != nullptr) return *target;
  }
  KJ_FAIL_REQUIRE("nothing has such a method", method);
}

std::string Speaker::call(const char* name, const std::function<void(capnp::DynamicStruct::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  const Target target = newest_with(name);
  const auto method = target.interface.getMethodByName(name);
  write_call(message, target, method, [&](protocol::Payload::Builder payload) {
    passed_.clear();
    capnp::BuilderCapabilityTable table;
    fill(table.imbue(payload.initContent()).initAs<capnp::DynamicStruct>(method.getParamType()));
    describe_passed(payload);
  });
  return encoded(message);
}

void Speaker::pass(capnp::DynamicStruct::Builder to, const char* field) {
  const auto interface = to.getSchema().getFieldByName(field).getType().asInterface();
  passed_.push_back(interface);
  to.set(field, never_called().castAs<capnp::DynamicCapability>(interface));
}

void Speaker::describe_passed(protocol::Payload::Builder payload) {
  auto table = payload.initCapTable(static_cast<unsigned>(passed_.size()));
  for (unsigned i = 0; i < table.size(); ++i) {
    table[i].setSenderHosted(i);
    table[i].setAttachedFd(0);
    for (const Target& target : targets_) {
      if (target.interface == passed_[i]) write_target(table[i].initReceiverAnswer(), target);
    }
  }
}

std::string Speaker::call() {
  if (targets_.empty()) return bootstrap();
  const auto target =
      targets_[targets_.size() - 1 - source_.one_of(std::min<std::size_t>(targets_.size(), 256))];
  const auto methods = target.interface.getMethods();
  if (methods.size() == 0) return finish();
  const auto method = methods[static_cast<unsigned>(source_.one_of(methods.size()))];
  capnp::MallocMessageBuilder message;
  write_call(message, target, method,
             [&](protocol::Payload::Builder payload) { filler_.fill(payload, method.getParamType()); });
  return encoded(message);
}

std::string Speaker::answer() {
  const Question question = asked_.front();
  asked_.erase(asked_.begin());
  return answer(question);
}

std::string Speaker::answer(const Question& question) {
  capnp::MallocMessageBuilder message;
  auto answer = message.initRoot<protocol::Message>().initReturn();
  answer.setAnswerId(question.number);
  const std::uint8_t choice = source_.byte();
  answer.setReleaseParamCaps((choice & 0x80) == 0);
  switch (choice & 15) {
    case 15:
      answer.setCanceled();
      break;
    case 14:
      answer.initException().setReason("[tilework:failed] no");
      answer.getException().setType(protocol::Exception::Type(source_.byte() & 3));
      break;
    default:
      if (question.is_bootstrap) {
        filler_.fill_capability(answer.initResults(), offered_);
      } else {
        filler_.fill(answer.initResults(), question.results);
      }
  }
  return encoded(message);
}

std::string Speaker::finish() {
  capnp::MallocMessageBuilder message;
  auto finish = message.initRoot<protocol::Message>().initFinish();
  const std::uint8_t choice = source_.byte();
  finish.setQuestionId(questions_ - (choice & 0x7f));
  finish.setReleaseResultCaps((choice & 0x80) == 0);
  return encoded(message);
}

std::string Speaker::release() {
  capnp::MallocMessageBuilder message;
  auto release = message.initRoot<protocol::Message>().initRelease();
  release.setId(source_.byte() & 15);
  release.setReferenceCount(source_.byte());
  return encoded(message);
}

std::string Speaker::anything() {
  capnp::MallocMessageBuilder message;
  filler_.fill(message.initRoot<protocol::Message>());
  return encoded(message);
}

std::string Speaker::next() {
  switch (source_.byte() & 15) {
    case 10:
    case 11:
      if (is_asked()) return answer();
      return answer({source_.byte() & 7u, unknown_results(), false});
    case 12:
      return finish();
    case 13:
      return release();
    case 14:
      return anything();
    case 15: {
      const auto bytes = source_.take(source_.byte());
      return {bytes.begin(), bytes.end()};
    }
    default:
      return call();
  }
}

void Speaker::heard(const std::string& bytes) {
  heard_ += bytes;
  while (heard_.size() >= sizeof(capnp::word)) {
    std::vector<capnp::word> words(heard_.size() / sizeof(capnp::word));
    std::memcpy(words.data(), heard_.data(), words.size() * sizeof(capnp::word));
    const kj::ArrayPtr<const capnp::word> all(words.data(), words.size());
    const auto needed = capnp::expectedSizeInWordsFromPrefix(all);
    if (needed > words.size()) return;
    capnp::FlatArrayMessageReader message(all.slice(0, needed));
    heard(message.getRoot<protocol::Message>());
    heard_.erase(0, needed * sizeof(capnp::word));
  }
}

void Speaker::heard(protocol::Message::Reader message) {
  if (message.isReturn()) unanswered_ -= std::min<std::size_t>(unanswered_, 1);
  if (message.isCall() && asked_.size() < most_questions) asked_.push_back(question_of(message.getCall()));
  if (message.isBootstrap() && asked_.size() < most_questions) {
    asked_.push_back({message.getBootstrap().getQuestionId(), {}, true});
  }
}

Speaker::Question Speaker::question_of(protocol::Call::Reader call) const {
  for (const auto& interface : callable_) {
    if (interface.getProto().getId() != call.getInterfaceId()) continue;
    const auto methods = interface.getMethods();
    if (call.getMethodId() >= methods.size()) break;
    return {call.getQuestionId(), methods[call.getMethodId()].getResultType(), false};
  }
  return {call.getQuestionId(), unknown_results(), false};
}

}  // namespace tilework::fuzz

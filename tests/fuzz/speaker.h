// Speaks Cap'n Proto's RPC protocol by choices: calls to what it has or was promised, answers to what it was
// asked, and messages that nobody should send. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <capnp/message.h>

#include "tests/fuzz/filler.h"

namespace tilework::fuzz {

class Speaker {
 public:
  // The source and the words outlive it. `offered` is what the other side's bootstrap capability is, and
  // `callable` which capabilities of ours it may call.
  Speaker(Source& source, const Words& words, capnp::InterfaceSchema offered,
          std::vector<capnp::InterfaceSchema> callable);

  // The next message, as it goes over the wire; by another choice, anything.
  std::string next();
  // What it says first, whatever the choices are.
  std::string bootstrap();
  // A call to the newest capability that has such a method.
  std::string call(const char* method, const std::function<void(capnp::DynamicStruct::Builder)>& fill);
  // Within `fill`: the newest capability that fits, or else one of ours.
  void pass(capnp::DynamicStruct::Builder to, const char* field);

  // What the other side wrote: its questions are answered later. Throws kj::Exception where that is no
  // message.
  void heard(const std::string& bytes);
  // Of its own.
  std::size_t unanswered() const { return unanswered_; }
  bool is_asked() const { return !asked_.empty(); }
  // An answer to the oldest question.
  std::string answer();

 private:
  struct Question {
    std::uint32_t number;
    capnp::StructSchema results;
    bool is_bootstrap;  // the answer is a capability
  };

  std::string encoded(capnp::MessageBuilder& message);
  void write_call(capnp::MessageBuilder& message, const Target& target, capnp::InterfaceSchema::Method method,
                  const std::function<void(capnp::rpc::Payload::Builder)>& fill);
  std::string call();
  std::string answer(const Question& question);
  std::string finish();
  std::string release();
  std::string anything();
  void heard(capnp::rpc::Message::Reader message);
  const Target& newest_with(const char* method) const;
  void describe_passed(capnp::rpc::Payload::Builder payload);
  Question question_of(capnp::rpc::Call::Reader call) const;

  Source& source_;
  Filler filler_;
  capnp::InterfaceSchema offered_;
  std::vector<capnp::InterfaceSchema> callable_;
  std::vector<Target> targets_;
  std::vector<Question> asked_;
  std::vector<capnp::InterfaceSchema> passed_;  // within a call
  std::uint32_t questions_ = 0;
  std::size_t unanswered_ = 0;
  std::string heard_;  // of a message that isn't whole
};

}  // namespace tilework::fuzz

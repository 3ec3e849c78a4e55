// Fills structs of any schema by choices: numbers that are small or at an edge, words that mean something to
// who reads them, capabilities that there are. One thread.
#pragma once

#include <string>
#include <vector>

#include <capnp/dynamic.h>
#include <capnp/rpc.capnp.h>

#include "tests/fuzz/source.h"

namespace tilework::fuzz {

// A capability that the other side has, or will have: a field of what it answers to one of our questions.
struct Target {
  std::uint32_t question;
  kj::Maybe<std::uint16_t> field;  // none: the answer itself
  capnp::InterfaceSchema interface;
};

// What readers know.
struct Words {
  std::vector<std::string> texts;
  std::vector<std::string> blobs;
};

class Filler {
 public:
  // All outlive the filler. `targets` may be passed on.
  Filler(Source& source, const Words& words, const std::vector<Target>& targets)
      : source_(source), words_(words), targets_(targets) {}

  // The content and the capabilities of a payload.
  void fill(capnp::rpc::Payload::Builder payload, capnp::StructSchema schema);
  // The content is a capability.
  void fill_capability(capnp::rpc::Payload::Builder payload, capnp::InterfaceSchema interface);
  void fill(capnp::DynamicStruct::Builder to, unsigned depth = 0);
  void fill(capnp::DynamicList::Builder to, unsigned depth = 0);

 private:
  void fill(capnp::DynamicStruct::Builder to, capnp::StructSchema::Field field, unsigned depth);
  capnp::DynamicValue::Reader scalar(capnp::Type type);
  std::uint64_t number();
  double real();
  std::string text();
  std::string blob();
  void describe_passed(capnp::rpc::Payload::Builder payload);
  void describe(capnp::rpc::CapDescriptor::Builder to, capnp::InterfaceSchema interface);

  Source& source_;
  const Words& words_;
  const std::vector<Target>& targets_;
  std::vector<capnp::InterfaceSchema> passed_;  // in the payload, by their places in its table
  std::string text_;                            // of the last text or blob
};

// Stands for a place in the table of a payload.
capnp::Capability::Client never_called();

void write_target(capnp::rpc::PromisedAnswer::Builder to, const Target& target);

}  // namespace tilework::fuzz

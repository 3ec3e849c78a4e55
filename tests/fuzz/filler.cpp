#include "tests/fuzz/filler.h"

#include <array>
#include <bit>
#include <limits>

#include <capnp/capability.h>

namespace tilework::fuzz {
namespace {

constexpr unsigned deepest = 6;

constexpr std::array<std::uint64_t, 16> edges{
    0,          255,        256,        257,        4095,       65'535,     65'536, 1u << 20,
    0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 1ull << 33, 1ull << 63, ~1ull,  ~0ull};

constexpr std::array<double, 8> odd_reals{0.5,
                                          -1,
                                          1e9,
                                          -1e300,
                                          std::numeric_limits<double>::quiet_NaN(),
                                          std::numeric_limits<double>::infinity(),
                                          std::numeric_limits<double>::denorm_min(),
                                          9.007199254740993e15};

}  // namespace

capnp::Capability::Client never_called() {
  return KJ_EXCEPTION(FAILED, "never called");
}

void write_target(capnp::rpc::PromisedAnswer::Builder to, const Target& target) {
  to.setQuestionId(target.question);
  KJ_IF_MAYBE (field, target.field) to.initTransform(1)[0].setGetPointerField(*field);
}

void Filler::fill(capnp::rpc::Payload::Builder payload, capnp::StructSchema schema) {
  passed_.clear();
  capnp::BuilderCapabilityTable table;
  fill(table.imbue(payload.initContent()).initAs<capnp::DynamicStruct>(schema));
  describe_passed(payload);
}

void Filler::fill_capability(capnp::rpc::Payload::Builder payload, capnp::InterfaceSchema interface) {
  passed_.assign(1, interface);
  capnp::BuilderCapabilityTable table;
  table.imbue(payload.initContent()).setAs<capnp::Capability>(never_called());
  describe_passed(payload);
}

void Filler::describe_passed(capnp::rpc::Payload::Builder payload) {
  auto descriptors = payload.initCapTable(static_cast<unsigned>(passed_.size()));
  for (unsigned i = 0; i < descriptors.size(); ++i) describe(descriptors[i], passed_[i]);
}

void Filler::describe(capnp::rpc::CapDescriptor::Builder to, capnp::InterfaceSchema interface) {
  const std::uint8_t choice = source_.byte();
  if (choice >= 0xf8) to.setAttachedFd(choice & 1);
  switch (choice & 7) {
    case 0:
      return;
    case 1:
      return to.setReceiverHosted(source_.byte());
    case 2:
      return to.setSenderPromise(source_.byte());
    case 3:
    case 4:
      to.setAttachedFd(0);
      return to.setSenderHosted(source_.byte() & 15);
    default:
      break;
  }
  std::vector<const Target*> fitting;
  for (const Target& target : targets_) {
    if (target.interface == interface || (choice & 7) == 5) fitting.push_back(&target);
  }
  if (fitting.empty()) return to.setSenderHosted(0);
  write_target(to.initReceiverAnswer(), *fitting[fitting.size() - 1 - source_.one_of(fitting.size())]);
}

void Filler::fill(capnp::DynamicStruct::Builder to, unsigned depth) {
  for (const auto field : to.getSchema().getNonUnionFields()) fill(to, field, depth);
  const auto variants = to.getSchema().getUnionFields();
  if (variants.size() > 0) fill(to, variants[static_cast<unsigned>(source_.one_of(variants.size()))], depth);
}

void Filler::fill(capnp::DynamicStruct::Builder to, capnp::StructSchema::Field field, unsigned depth) {
  using capnp::schema::Type;
  const auto type = field.getType();
  switch (type.which()) {
    case Type::VOID:
      return to.set(field, capnp::VOID);
    case Type::ANY_POINTER:
      return;
    case Type::STRUCT:
      if (field.getProto().isGroup() || (depth < deepest && source_.byte() > 0)) {
        fill(to.init(field).as<capnp::DynamicStruct>(), depth + 1);
      }
      return;
    case Type::LIST:
      if (depth < deepest) {
        const auto few = static_cast<unsigned>(source_.one_of(5));
        fill(to.init(field, few == 4 ? source_.byte() : few).as<capnp::DynamicList>(), depth + 1);
      }
      return;
    case Type::INTERFACE:
      if (source_.byte() == 0) return;
      passed_.push_back(type.asInterface());
      return to.set(field, never_called().castAs<capnp::DynamicCapability>(type.asInterface()));
    default:
      to.set(field, scalar(type));
  }
}

void Filler::fill(capnp::DynamicList::Builder to, unsigned depth) {
  const auto type = to.getSchema().getElementType();
  for (unsigned i = 0; i < to.size(); ++i) {
    if (type.isStruct()) {
      fill(to[i].as<capnp::DynamicStruct>(), depth);
    } else if (type.isList()) {
      fill(to.init(i, static_cast<unsigned>(source_.one_of(4))).as<capnp::DynamicList>(), depth + 1);
    } else if (!type.isInterface() && !type.isAnyPointer()) {
      to.set(i, scalar(type));
    }
  }
}

capnp::DynamicValue::Reader Filler::scalar(capnp::Type type) {
  using capnp::schema::Type;
  switch (type.which()) {
    case Type::BOOL:
      return (source_.byte() & 1) != 0;
    case Type::INT32:
      return std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(number()));
    case Type::UINT8:
      return static_cast<std::uint8_t>(number());
    case Type::UINT16:
      return static_cast<std::uint16_t>(number());
    case Type::UINT32:
      return static_cast<std::uint32_t>(number());
    case Type::UINT64:
      return number();
    case Type::FLOAT64:
      return real();
    case Type::ENUM:
      return capnp::DynamicEnum(type.asEnum(), source_.byte() & 15);
    case Type::TEXT:
      text_ = text();
      return capnp::Text::Reader(text_.c_str(), text_.size());
    case Type::DATA:
      text_ = blob();
      return capnp::Data::Reader(reinterpret_cast<const kj::byte*>(text_.data()), text_.size());
    default:
      KJ_FAIL_REQUIRE("no schema here has such a field");
  }
}

std::uint64_t Filler::number() {
  const std::uint8_t choice = source_.byte();
  if (choice < 0xc0) return choice;
  if (choice < 0xf0) return edges[choice % edges.size()];
  return source_.whole(choice & 7);
}

double Filler::real() {
  const std::uint8_t choice = source_.byte();
  if (choice < 0xe0) return choice;
  if (choice < 0xf0) return odd_reals[choice % odd_reals.size()];
  return std::bit_cast<double>(source_.whole(8));
}

std::string Filler::text() {
  const std::uint8_t choice = source_.byte();
  if (choice < 0xc0 && !words_.texts.empty()) return words_.texts[choice % words_.texts.size()];
  if (choice == 0xff) return std::string(source_.whole(2), 'a');
  const auto bytes = source_.take(choice & 31);
  return {bytes.begin(), bytes.end()};
}

std::string Filler::blob() {
  const std::uint8_t choice = source_.byte();
  if (choice < 0x80 && !words_.blobs.empty()) return words_.blobs[choice % words_.blobs.size()];
  if (choice == 0xff) return std::string(source_.whole(3) % (3u << 20), 'a');
  const auto bytes = source_.take(choice == 0xfe ? source_.whole(2) : choice & 63);
  return {bytes.begin(), bytes.end()};
}

}  // namespace tilework::fuzz

// Each struct that is read off the wire. The first byte says which, and whether the others are a message or
// choices by which one is made.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <capnp/serialize.h>

#include "schema/wire/admin.h"
#include "schema/wire/client.h"
#include "schema/wire/finding.h"
#include "schema/wire/found.h"
#include "schema/wire/job.h"
#include "schema/wire/picture.h"
#include "schema/wire/recipe.h"
#include "schema/wire/stage.h"
#include "schema/wire/worker.h"
#include "tests/fuzz/filler.h"
#include "tests/fuzz/target.h"

namespace tilework::fuzz {
namespace {

using Message = capnp::FlatArrayMessageReader;

// How a message of one kind is read, and made by choices.
struct Kind {
  void (*read)(Message&);
  void (*make)(Filler&, capnp::MessageBuilder&);
};

template <class Struct>
void make(Filler& filler, capnp::MessageBuilder& message) {
  filler.fill(message.initRoot<capnp::DynamicStruct>(capnp::Schema::from<Struct>()));
}

template <class Element>
void make_list(Filler& filler, capnp::MessageBuilder& message) {
  const auto schema = capnp::Schema::from<capnp::List<Element>>();
  filler.fill(message.initRoot<capnp::AnyPointer>().initAs<capnp::DynamicList>(schema, 3));
}

template <class Struct>
constexpr Kind read{[](Message& message) { wire::read(message.getRoot<Struct>()); }, make<Struct>};

template <class Element>
constexpr Kind read_list{[](Message& message) { wire::read(message.getRoot<capnp::List<Element>>()); },
                         make_list<Element>};

constexpr Kind read_filters{
    [](Message& message) { wire::read_filters(message.getRoot<rpc::ClientSession::FiltersResults>()); },
    make<rpc::ClientSession::FiltersResults>};

constexpr Kind read_findings{
    [](Message& message) {
      wire::read(message.getRoot<rpc::Findings>(), {100, 100, 256, 256}, {1000, 1000});
    },
    make<rpc::Findings>};

constexpr Kind read_status{[](Message& message) {
                             WorkerSummary summary;
                             wire::read_status(message.getRoot<rpc::WorkerStatus>(), summary);
                           },
                           make<rpc::WorkerStatus>};

const Words words{
    .texts = {"invert", "", "a\nb", std::string(300, 'x'), "\xe2\x80\xae", "png", std::string(64, '0')},
    .blobs = {std::string(48, '\0'), std::string(3 * 16 * 16, '\1'), ""}};

constexpr std::array kinds{
    read<rpc::Overview>,
    read<rpc::Admin::WorkersResults>,
    read<rpc::Admin::PluginsResults>,
    read_list<rpc::ClientEntry>,
    read_list<rpc::JobEntry>,
    read_list<rpc::LogLine>,
    read<rpc::ClientInfo>,
    read_list<rpc::Finding>,
    read_findings,
    read_filters,
    read<rpc::Progress>,
    read<rpc::JobResult>,
    read<rpc::ClusterStatus>,
    read<rpc::Picture>,
    read<rpc::PieceSink::PieceParams>,
    read<rpc::JobWatcher::PieceParams>,
    read<rpc::RenderResult>,
    read<rpc::Filter>,
    read<rpc::Plugin>,
    read<rpc::FilterCall>,
    read_list<rpc::FilterCall>,
    read<rpc::PixelFormat>,
    read<rpc::Rect>,
    read_list<rpc::BoundCall>,
    read_list<rpc::Step>,
    read<rpc::Stage>,
    read_list<rpc::Plugin>,
    read_list<rpc::Filter>,
    read_status,
};

void read_as(const Kind& kind, kj::ArrayPtr<const capnp::word> words) {
  may_refuse([&] {
    Message message(words);
    kind.read(message);
  });
}

void run_made(const Kind& kind, Source& source) {
  capnp::MallocMessageBuilder message;
  const std::vector<Target> none;
  Filler filler(source, words, none);
  kind.make(filler, message);
  read_as(kind, capnp::messageToFlatArray(message));
}

void run_raw(const Kind& kind, Bytes bytes) {
  const Bytes whole = bytes.first(bytes.size() / sizeof(capnp::word) * sizeof(capnp::word));
  std::vector<capnp::word> words(whole.size() / sizeof(capnp::word));
  if (!words.empty()) std::memcpy(words.data(), whole.data(), whole.size());
  read_as(kind, {words.data(), words.size()});
}

}  // namespace

void run(Bytes bytes) {
  Source source(bytes);
  const std::uint8_t choice = source.byte();
  const Kind& kind = kinds[(choice & 0x7f) % kinds.size()];
  if (choice < 0x80) return run_raw(kind, source.rest());
  run_made(kind, source);
}

}  // namespace tilework::fuzz

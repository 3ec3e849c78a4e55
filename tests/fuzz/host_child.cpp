// A filter host, as its parent speaks to it: messages with the descriptors that come along. No process and no
// walls: the host lives in this one, with filters that come with Tilework. The first byte says with which,
// and whether it has been handed over before.
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <kj/async.h>
#include <opencv2/core/utility.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "schema/host.capnp.h"
#include "schema/transport/connection.h"
#include "server/engine/plan.h"
#include "server/host/filter_host.h"
#include "server/host/libraries/digest.h"
#include "server/host/libraries/plugin_library.h"
#include "server/host/memory/slab.h"
#include "tests/fuzz/fed_stream.h"
#include "tests/fuzz/speaker.h"
#include "tests/fuzz/target.h"

namespace {

bool has_ended = false;

}  // namespace

// A host that ends itself takes nothing along here. The linker puts this in the place of _exit().
extern "C" void __wrap__exit(int) {
  has_ended = true;
  kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "the host has ended itself"));
}

namespace tilework::fuzz {
namespace {

using Struct = capnp::DynamicStruct::Builder;

constexpr unsigned most_messages = 64;
const cv::Size image{24, 16};
constexpr PixelFormat colour{Depth::u8, 3};

kj::AutoCloseFd copy_of(int fd) {
  return kj::AutoCloseFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

struct Plugin {
  Plugin(const char* name, const char* the_filter)
      : file(::open((std::string(TILEWORK_PLUGIN_DIR) + "/" + name + ".so").c_str(), O_RDONLY | O_CLOEXEC)),
        digest(host::digest_of(file)),
        filter(the_filter),
        library(copy_of(file), digest) {}
  kj::AutoCloseFd file;
  std::string digest;
  std::string filter;
  host::PluginLibrary library;
};

// They stay until the process ends: libFuzzer counts in what was once loaded.
const std::array<Plugin, 4>& plugins() {
  static const auto& all = *new std::array<Plugin, 4>{Plugin("invert", "invert"),
                                                      {"auto_levels", "auto-levels"},
                                                      {"find_spots", "find-spots"},
                                                      {"gaussian_blur", "gaussian-blur"}};
  return all;
}

const Words& words() {
  static const Words all = [] {
    Words made{.texts = {"job-1", "", std::string(64, '0'), "a"},
               .blobs = {std::string(48, '\0'), std::string(1152, '\x80'), std::string(3 * 256 * 8, '\1')}};
    for (const auto& plugin : plugins()) {
      made.texts.push_back(plugin.filter);
      made.texts.push_back(plugin.digest);
    }
    return made;
  }();
  return all;
}

std::vector<capnp::InterfaceSchema> callable() {
  return {capnp::Schema::from<rpc::Slab>(), capnp::Schema::from<rpc::PluginFile>()};
}

kj::AutoCloseFd memory(std::size_t bytes) {
  kj::AutoCloseFd fd(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) std::abort();
  return fd;
}

// The event loop, and the host that has all plugins.
struct Place {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  rpc::FilterHost::Client host = kj::heap<host::FilterHost>("");
};

class Parent {
 public:
  Parent(Place& place, rpc::FilterHost::Client host, Source& source)
      : place_(place),
        source_(source),
        feed_(std::make_shared<Feed>()),
        child_(local_stream(feed_), capnp::rpc::twoparty::Side::SERVER, kj::mv(host),
               transport::fixed(transport::master_budget), transport::Descriptors::passed),
        gone_(child_.on_disconnect().then([this] { is_gone_ = true; }).eagerlyEvaluate(nullptr)),
        speaker_(source, words(), capnp::Schema::from<rpc::FilterHost>(), callable()) {
    say(speaker_.bootstrap());
  }

  void hand_over(const Plugin& plugin) {
    feed_->pass(copy_of(plugin.file));
    say(speaker_.call("provide", [&](Struct params) {
      params.set("digest", plugin.digest.c_str());
      speaker_.pass(params, "file");
    }));
  }
  // Two, of which one can be written.
  void share_slabs() {
    say(speaker_.call("slabs", [](Struct) {}));
    for (const std::uint64_t id : {1, 2}) {
      const auto slab = host::Slab::make(65'536);
      feed_->pass(id == 1 ? slab->read_only_fd() : copy_of(slab->fd()));
      say(speaker_.call("share", [&](Struct params) {
        params.set("id", id);
        speaker_.pass(params, "slab");
      }));
    }
  }
  void open(const Plugin& plugin, bool analyses) {
    say(speaker_.call("open", [&](Struct params) {
      wire::write(params.init("stage").as<rpc::Stage>(), stage_for(plugin, analyses));
    }));
  }
  void run_once() {
    say(speaker_.call("run", [](Struct params) {
      auto segment = params.init("segments", 1).as<capnp::DynamicList>()[0].as<rpc::HostSegment>();
      wire::write(segment.initTile(), cv::Rect({0, 0}, image));
      write(segment.initInput(), 1, 0);
      write(segment.initOutput(), 2, 65'536 - 3 * 24 * 16);
    }));
  }
  void go_on() {
    for (unsigned i = 0; i < most_messages && !source_.is_empty() && !is_gone_ && !has_ended; ++i) {
      pass_something();
      say(speaker_.next());
    }
    feed_->hang_up();
    while (!is_gone_) place_.scope.poll();
  }

 private:
  static void write(rpc::SharedPixels::Builder to, std::uint64_t slab, std::uint64_t offset) {
    to.setSlab(slab);
    to.setOffset(offset);
    to.setStride(3 * 24);
  }
  static wire::Stage stage_for(const Plugin& plugin, bool analyses) {
    wire::Stage stage;
    const bool is_global = plugin.filter == "auto-levels";
    const bool detects = plugin.filter == "find-spots";
    const auto& description = plugin.library.filters().front();
    const auto values = pack_arguments(description, {plugin.filter, {}});
    std::vector<engine::BoundFilter> chain;
    chain.emplace_back(plugin.library.table(plugin.filter), values);
    stage.calls = {{plugin.filter, plugin.digest, values, description.version}};
    stage.plan = engine::make_plan(image, colour, engine::describe_steps(chain, colour), image);
    stage.pass = is_global && !analyses ? 1 : 0;
    if (stage.pass == 1) stage.stats.emplace_back(64, std::byte{1});
    stage.detects = detects;
    stage.job = "job-1";
    return stage;
  }
  void pass_something() {
    switch (source_.byte()) {
      case 1:
        return feed_->pass(copy_of(host::Slab::make(4096)->fd()));
      case 2:
        return feed_->pass(host::Slab::make(4096)->read_only_fd());
      case 3:
        return feed_->pass(memory(source_.whole(2)));
      case 4:
        return feed_->pass(kj::AutoCloseFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
      default:
        return;
    }
  }
  void say(const std::string& bytes) {
    if (has_ended) return;
    feed_->say(bytes);
    place_.scope.poll();
    speaker_.heard(feed_->heard());
  }

  Place& place_;
  Source& source_;
  std::shared_ptr<Feed> feed_;
  bool is_gone_ = false;
  transport::Connection child_;
  kj::Promise<void> gone_;
  Speaker speaker_;
};

Place& place() {
  static Place& one = *[] {
    cv::setNumThreads(0);
    auto* const made = new Place;
    Source none({});
    Parent parent(*made, made->host, none);
    for (const auto& plugin : plugins()) parent.hand_over(plugin);
    parent.go_on();
    return made;
  }();
  return one;
}

}  // namespace

void run(Bytes bytes) {
  Source source(bytes);
  const std::uint8_t how = source.byte();
  has_ended = false;
  const bool is_fresh = (how & 0x20) != 0;
  Parent parent(place(), is_fresh ? kj::heap<host::FilterHost>("") : place().host, source);
  if ((how & 0x10) != 0) parent.share_slabs();
  if ((how & 0x04) != 0) parent.open(plugins()[how & 3], (how & 0x40) != 0);
  if ((how & 0x08) != 0 && (how & 0x14) == 0x14) parent.run_once();
  parent.go_on();
}

}  // namespace tilework::fuzz

// What a filter host says to its parent: a hostile host answers by choices to all that it is asked. No
// process: the parent believes that it has started one. The first byte says what it wants of the host.
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <kj/async-io.h>
#include <kj/timer.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/wire/stage.h"
#include "server/host/host_pool.h"
#include "server/master/jobs/planning.h"
#include "server/master/plugins/plugin_scanner.h"
#include "server/worker/stage_runner.h"
#include "tests/fuzz/kept.h"
#include "tests/fuzz/quiet.h"
#include "tests/fuzz/speaker.h"
#include "tests/fuzz/target.h"

namespace {

int socket_of_host = -1;
int output_of_host = -1;

}  // namespace

// In the place of host::spawn(), by the linker: nobody has the process number, as it is beyond the largest.
extern "C" pid_t
wrapped_spawn(const tilework::host::HostProgram&, const tilework::host::Inherited& inherited) __asm__(
    "__wrap__ZN8tilework4host5spawnERKNS0_11HostProgramERKNS0_9InheritedE");
pid_t wrapped_spawn(const tilework::host::HostProgram&, const tilework::host::Inherited& inherited) {
  constexpr pid_t nobody = 1 << 23;
  if (socket_of_host >= 0) ::close(socket_of_host);
  if (output_of_host >= 0) ::close(output_of_host);
  socket_of_host = ::fcntl(inherited.socket, F_DUPFD_CLOEXEC, 0);
  output_of_host = ::fcntl(inherited.output, F_DUPFD_CLOEXEC, 0);
  return nobody;
}

namespace tilework::fuzz {
namespace {

const cv::Size image{24, 16};
constexpr PixelFormat colour{Depth::u8, 3};
constexpr unsigned most_messages = 64;
constexpr int longest_wait = 60;  // in seconds, of a parent

const Words& words() {
  static const Words all{
      .texts = {"invert", "", "spot", std::string(64, '0'), "1.0.0", "a", "px"},
      .blobs = {std::string(48, '\0'), std::string(1152, '\x80'), "\x1b[2J line\nline", ""}};
  return all;
}

// A recipe of one filter of this kind, which lies in a file that is no library: nobody here loads it.
master::BoundRecipe recipe_of(FilterKind kind) {
  FilterDescription filter;
  filter.name = "invert";
  filter.kind = kind;
  master::BoundRecipe recipe;
  const std::string digest(64, '0');
  recipe.calls.push_back({filter.name, digest, {}, "1.0.0"});
  recipe.plugins.push_back(std::make_shared<master::PluginVersion>(
      master::PluginVersion{{"file", digest, {filter}},
                            std::string(TILEWORK_FUZZ_CORPUS) + "/recipes/call",
                            kj::origin<kj::TimePoint>()}));
  return recipe;
}

wire::Stage stage_of(const master::BoundRecipe& recipe, FilterKind kind) {
  wire::Stage stage;
  const bool is_global = kind == FilterKind::global;
  stage.plan = engine::make_plan(image, colour, {{is_global, {}, colour, colour}}, image);
  stage.calls = recipe.calls;
  stage.detects = kind == FilterKind::detector;
  stage.job = "job-1";
  return stage;
}

// The parent's world, whose time passes only after the host is gone. Of each pool there is one for all
// inputs.
struct Place {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::TimerImpl timer{kj::origin<kj::TimePoint>()};
  host::HostProgram program{"", {}};
  host::HostPool pool{*io.lowLevelProvider, program, {.leased = 2, .unused = 0}};
  master::PluginScanner scanner{*io.lowLevelProvider, timer, program, 10 * kj::SECONDS};
  transport::WorkThreads threads{1};
  std::shared_ptr<worker::MasterLink> link =
      std::make_shared<worker::MasterLink>(threads, transport::LinkRate(*kj::newTwoWayPipe().ends[0]));
  std::uint64_t inputs = 0;
};

Place& place() {
  static Place& one = *[] {
    quiet_log();
    return new Place;
  }();
  return one;
}

// What parents do with a host. All answer, whatever it does.
kj::Promise<void> want(std::uint8_t what) {
  auto& here = place();
  const auto kind = static_cast<FilterKind>((what >> 2) % 3);
  auto recipe = kj::heap<master::BoundRecipe>(recipe_of(kind));
  auto known = kj::heap<master::StepsCache>();
  const master::Planning planning{here.pool, here.timer, *known};
  switch (what & 3) {
    case 0:
      return here.scanner.scan("file", recipe->plugins[0]->path, recipe->calls[0].digest).ignoreResult();
    case 1: {
      auto steps = master::describe_steps(planning, *recipe, colour);
      return steps.ignoreResult().attach(kj::mv(recipe), kj::mv(known));
    }
    case 2: {
      *recipe = recipe_of(FilterKind::global);
      auto stage = kj::heap<wire::Stage>(stage_of(*recipe, FilterKind::global));
      const auto give = [](master::Pass::Output output) {
        const std::string stats(48, '\1');
        return output.stats({reinterpret_cast<const kj::byte*>(stats.data()), stats.size()});
      };
      auto merged = master::merged_stats(planning, *recipe, *stage, give);
      return merged.ignoreResult().attach(kj::mv(recipe), kj::mv(known), kj::mv(stage));
    }
    default:
      break;
  }
  const auto stage = stage_of(*recipe, kind);
  auto group = here.pool.group(host::key_of("tenant " + std::to_string(++here.inputs), stage.calls),
                               host::Stay::for_this_work);
  rpc::StageRunner::Client runner = kj::heap<worker::StageRunner>(
      worker::StageRunner::Context{here.pool, here.timer, {}, here.link, group, [](const auto&) {}}, stage,
      std::vector<std::string>{recipe->plugins[0]->path}, host::use(group));
  auto request = runner.runRequest();
  auto segments = request.initSegments(kind == FilterKind::local && what >= 0x80 ? 2 : 1);
  for (auto segment : segments) {
    wire::write(segment.initTile(), cv::Rect({0, 0}, image));
    segment.initPixels().initPlain(3 * 24 * 16);
  }
  return request.send().ignoreResult().attach(kj::mv(runner));
}

// The other end of the socket.
class HostileHost {
 public:
  explicit HostileHost(Source& source)
      : source_(source),
        speaker_(source, words(), capnp::Schema::from<rpc::FilterHost>(),
                 {capnp::Schema::from<rpc::FilterHost>(), capnp::Schema::from<rpc::SlabTable>(),
                  capnp::Schema::from<rpc::Chain>()}) {}
  ~HostileHost() {
    if (socket_of_host >= 0) ::close(std::exchange(socket_of_host, -1));
    if (output_of_host >= 0) ::close(std::exchange(output_of_host, -1));
  }
  KJ_DISALLOW_COPY(HostileHost);

  // False when there is nothing more to say.
  bool go_on() {
    if (!listen() || said_ == most_messages || source_.is_empty()) return false;
    ++said_;
    if ((source_.byte() & 0xf0) == 0xf0) print();
    return say(speaker_.is_asked() && source_.byte() < 0xc0 ? speaker_.answer() : speaker_.next());
  }

 private:
  bool listen() {
    char bytes[65'536];
    ssize_t got = 0;
    while ((got = ::recv(socket_of_host, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
      speaker_.heard({bytes, static_cast<std::size_t>(got)});
    }
    return got < 0 && errno == EAGAIN;
  }
  bool say(const std::string& bytes) {
    return ::send(socket_of_host, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void print() {
    const auto bytes = source_.take(source_.byte());
    [[maybe_unused]] const ssize_t put = ::write(output_of_host, bytes.data(), bytes.size());
  }

  Source& source_;
  Speaker speaker_;
  unsigned said_ = 0;
};

}  // namespace

void run(Bytes bytes) {
  Source source(bytes);
  auto& here = place();
  bool is_done = false;
  auto wanted = want(source.byte())
                    .then([&] { is_done = true; }, [&](kj::Exception&&) { is_done = true; })
                    .eagerlyEvaluate(nullptr);
  {
    HostileHost host(source);
    do here.io.waitScope.poll();
    while (!is_done && host.go_on());
  }
  for (int seconds = 0; seconds < longest_wait && !is_done; ++seconds) {
    here.timer.advanceTo(here.timer.now() + 1 * kj::SECONDS);
    here.io.waitScope.poll();
  }
  wanted.wait(here.io.waitScope);
  if (here.pool.busy() != 0) __builtin_trap();
}

}  // namespace tilework::fuzz

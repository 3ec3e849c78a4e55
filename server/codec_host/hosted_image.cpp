#include "server/codec_host/hosted_image.h"

#include <utility>

#include <fcntl.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "schema/transport/system_error.h"
#include "schema/wire/stage.h"
#include "server/codec_host/messages.h"
#include "server/engine/geometry.h"
#include "server/host/memory/passed_descriptor.h"
#include "server/host/process/host_answer.h"

namespace tilework::codec {
namespace {

constexpr const char* decoder = "decoder";
constexpr const char* encoder = "encoder";

// How long a host may take for a call, before it is ended: many times what the slowest codecs take on a busy
// machine.
constexpr auto least_time = 60 * kj::SECONDS;
constexpr std::int64_t decoded_in_second = 1'000'000;  // pixels
constexpr std::int64_t encoded_in_second = 200'000;

kj::Duration time_for(std::int64_t pixels, std::int64_t in_second) {
  return least_time + pixels / in_second * kj::SECONDS;
}

// Of its own, with a position of its own. It may have no name.
kj::AutoCloseFd opened_anew(int fd, int flags) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  kj::AutoCloseFd file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0) {
    throw Error(Fault::machine, "a file can't be opened anew: " + transport::words_of_error(errno));
  }
  return file;
}

rpc::HostFile::Client for_host(const kj::AutoCloseFd& file, int flags) {
  return host::host_file(opened_anew(file, flags));
}

void write_tile(rpc::SharedTile::Builder to, const host::SlabPixels& from) {
  write(to.initSize(), from.size);
  from.write(to.initPixels());
}

}  // namespace

kj::Promise<kj::Own<HostedImage>> HostedImage::open(Opening with) {
  auto lease = with.hosts.acquire(with.group, !with.in_background);
  return lease.then([with = std::move(with)](host::HostLease lease) mutable {
    auto image = kj::heap<HostedImage>(std::move(with), std::move(lease));
    auto opened = image->opened();
    return opened.then([image = kj::mv(image)]() mutable { return kj::mv(image); });
  });
}

HostedImage::HostedImage(Opening with, host::HostLease lease)
    : with_(std::move(with)), lease_(kj::mv(lease)) {}

HostedImage::~HostedImage() noexcept {
  if (lease_ == nullptr) return;
  how_it_ended()
      .then([then = std::move(then_)](std::string&&) {
        for (const auto& next : then) next();
      })
      .detach([](kj::Exception&&) {});
}

void HostedImage::give_back() {
  image_ = nullptr;
  result_ = nullptr;
  KJ_ASSERT_NONNULL(lease_).give_back();
  lease_ = nullptr;
}

host::HostProcess& HostedImage::process() {
  return KJ_ASSERT_NONNULL(lease_).process();
}

// Ends it, if it hasn't ended.
kj::Promise<std::string> HostedImage::how_it_ended() {
  if (ended_ == nullptr) ended_ = process().end().fork();
  return KJ_ASSERT_NONNULL(ended_).addBranch();
}

// `answer` is dropped with the image.
template <class Answer>
kj::Promise<Answer> HostedImage::within(kj::Duration limit, const char* codec, kj::Promise<Answer> answer) {
  return with_.timer.timeoutAfter(limit, kj::mv(answer))
      .catch_([this, limit, codec](kj::Exception&& error) -> kj::Promise<Answer> {
        return fail(limit, codec, kj::mv(error)).then([]() -> kj::Promise<Answer> { KJ_UNREACHABLE; });
      });
}

kj::Promise<void> HostedImage::fail(kj::Duration limit, const char* codec, kj::Exception&& error) {
  const bool late = host::is_late(error);
  const bool is_gone = error.getType() == kj::Exception::Type::DISCONNECTED;
  const bool is_nonsense = host::makes_no_sense(error);
  if (!late && !is_gone && !is_nonsense) {
    kj::throwFatalException(transport::is_answer(error)
                                ? transport::to_kj(host::fault_of_host(process().pid(), error))
                                : kj::mv(error));
  }
  std::string why;
  if (late) why = "it took longer than " + std::to_string(limit / kj::SECONDS) + " s";
  if (is_nonsense) why = host::fault_of_host(process().pid(), error).what();
  const bool came_up = process().came_up();
  return how_it_ended().then([this, codec, why = std::move(why), came_up](std::string&& how) {
    transport::method([&] {
      if (!came_up) throw Error(Fault::machine, "a codec host can't be started: " + how);
      throw Error(Fault::failed, with_.name + " broke its " + codec + ": " + (why.empty() ? how : why));
    });
  });
}

kj::Promise<void> HostedImage::opened() {
  return transport::method([&]() -> kj::Promise<void> {
    process().name_filters(with_.name);
    auto request = process().as<rpc::CodecHost>().openRequest();
    request.setFile(for_host(*with_.file, O_RDONLY));
    request.setName(with_.name);
    codec::write(request.initLimits(), with_.limits);
    request.setInBackground(with_.in_background);
    auto answered = request.send().then([this](auto&& answer) {
      transport::method([&] { info_ = codec::read(answer.getInfo(), with_.limits); });
      image_ = answer.getImage();
    });
    return within(least_time, decoder, kj::mv(answered)).then([this]() -> kj::Promise<void> {
      if (!info_.needs_file) return kj::READY_NOW;
      return lend_file(image_.lendRequest(), decoder, engine::area(info_.size) * info_.format.bytes());
    });
  });
}

template <class Request>
kj::Promise<void> HostedImage::lend_file(Request request, const char* codec, std::int64_t bytes) {
  return transport::method([&] {
    const File scratch = with_.make_file(static_cast<std::uint64_t>(bytes));
    request.setScratch(for_host(*scratch, O_RDWR));
    scratch_.push_back(scratch);
    return within(least_time, codec, request.send().ignoreResult());
  });
}

kj::Promise<void> HostedImage::share(host::Slab& slab, host::SlabSharer::Access access) {
  return process().slabs().share(slab, access);
}

// What holds the whole image decodes it with its first row.
kj::Promise<void> HostedImage::read(const host::SlabPixels& band, int known) {
  const bool whole = info_.held_bytes > 0 || info_.needs_file;
  const auto limit = time_for(engine::area(whole ? info_.size : band.size), decoded_in_second);
  process().writes_to(band.slab);
  auto done = share(*band.slab, host::SlabSharer::Access::write).then([this, band, known] {
    auto request = image_.readRequest();
    write_tile(request.initBand(), band);
    request.setKnown(known);
    return request.send().ignoreResult();
  });
  return within(limit, decoder, kj::mv(done));
}

kj::Promise<void> HostedImage::rewind() {
  return within(least_time, decoder, image_.rewindRequest().send().ignoreResult());
}

kj::Promise<void> HostedImage::create(const kj::AutoCloseFd& file, cv::Size size, PixelFormat format,
                                      const imageio::OutputSettings& settings) {
  return transport::method([&]() -> kj::Promise<void> {
    const auto pixels = engine::area(size);
    time_to_finish_ = time_for(pixels, encoded_in_second);
    auto request = image_.createRequest();
    request.setFile(for_host(file, O_RDWR));
    codec::write(request.initSize(), size);
    wire::write(request.initFormat(), format);
    codec::write(request.initSettings(), settings);
    return within(least_time, encoder, request.send().then([this](auto&& answer) {
             result_ = answer.getResult();
             return answer.getNeedsFile();
           }))
        .then([this, bytes = pixels * format.bytes()](bool needs_file) -> kj::Promise<void> {
          if (!needs_file) return kj::READY_NOW;
          return lend_file(result_.lendRequest(), encoder, bytes);
        });
  });
}

kj::Promise<void> HostedImage::write(const std::vector<host::SlabPixels>& tiles) {
  std::int64_t pixels = 0;
  kj::Vector<kj::Promise<void>> shared;
  auto request = result_.writeRequest();
  auto list = request.initTiles(static_cast<unsigned>(tiles.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    write_tile(list[i], tiles[i]);
    pixels += engine::area(tiles[i].size);
    shared.add(share(*tiles[i].slab, host::SlabSharer::Access::read));
  }
  // Memory that is new to the host takes longer to share: what comes later waits for it.
  auto turn = [shared = kj::joinPromises(shared.releaseAsArray())]() mutable { return kj::mv(shared); };
  turn_ = turn_.addBranch().then(kj::mv(turn)).fork();
  auto done =
      turn_.addBranch().then([request = kj::mv(request)]() mutable { return request.send().ignoreResult(); });
  return within(time_for(pixels, encoded_in_second), encoder, kj::mv(done));
}

kj::Promise<std::vector<std::string>> HostedImage::finish() {
  return within(time_to_finish_, encoder, result_.finishRequest().send().then([](auto&& answer) {
    return transport::method([&] { return codec::read(answer.getNotes()); });
  }));
}

}  // namespace tilework::codec

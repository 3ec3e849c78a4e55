#include "server/master/sessions/client_session.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "schema/model/clean_text.h"
#include "schema/model/storing.h"
#include "schema/model/version.h"
#include "schema/transport/blob.h"
#include "schema/transport/drop_later.h"
#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"
#include "schema/wire/stage.h"
#include "schema/wire/text.h"
#include "server/logging/log.h"
#include "server/master/jobs/job_run.h"
#include "server/master/jobs/stored_image.h"
#include "server/master/previews/preview.h"
#include "server/master/sessions/client_table.h"
#include "server/master/sessions/liveness.h"
#include "server/master/sessions/name_length.h"
#include "server/master/sessions/upload.h"

namespace tilework::master {
namespace {

using transport::method;

// In which a client whose session an administrator ends hears of it: by its next ping at the latest.
constexpr auto farewell_time = std::chrono::seconds(5);

bool is_sane_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
             std::string::npos;
}

std::string who_of(const ClientDetails& client) {
  return "client=\"" + name_of(client.info) + "\" client_id=" + std::to_string(client.id) +
         " address=" + client.address;
}

class SessionServer final : public rpc::ClientSession::Server, private ConnectedClient {
 public:
  SessionServer(MasterState& state, ClientInfo client, std::string address, transport::Line line)
      : state_(state),
        client_{.id = ++state.last_client, .info = std::move(client), .address = std::move(address)},
        who_(who_of(client_)),
        began_(state.environment.timer.now()),
        liveness_(state.environment.timer, kj::mv(line), milliseconds(state.options.client_seconds),
                  [this] { give_up(); }) {
    state_.clients.add(client_.id, *this);
    spdlog::info("client connected {} program=\"{}\" process={}", who_, client_.info.program,
                 client_.info.process);
  }
  ~SessionServer() noexcept { leave("its client left"); }
  KJ_DISALLOW_COPY(SessionServer);

  // Its connection has ended.
  void let_go() { leave("its client left"); }

  // Every call is a sign of life. One that comes after the session's end is told why that was.
  DispatchCallResult dispatchCall(std::uint64_t interface, std::uint16_t method,
                                  capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer> context) override {
    liveness_.heard();
    if (why_ended_) return {transport::to_kj(Error(Fault::failed, *why_ended_)), false};
    return rpc::ClientSession::Server::dispatchCall(interface, method, context);
  }

 protected:
  kj::Promise<void> filters(FiltersContext context) override {
    context.allowCancellation();
    // They are all answered at once.
    auto counted = method([this] { return Counted(filter_waits_, 4, "calls that wait for filters"); });
    auto change = state_.plugins.differs_from(context.getParams().getKnown());
    auto changed = change.exclusiveJoin(ended_.addBranch());
    return changed.then([this, context, counted = kj::mv(counted)]() mutable {
      auto results = context.getResults();
      const auto plugins = state_.plugins.current();
      auto list = results.initPlugins(static_cast<unsigned>(plugins.size()));
      for (unsigned i = 0; i < list.size(); ++i) wire::write(list[i], plugins[i]->description);
      const auto withdrawn = state_.plugins.withdrawn();
      auto names = results.initWithdrawn(static_cast<unsigned>(withdrawn.size()));
      for (unsigned i = 0; i < names.size(); ++i) names.set(i, withdrawn[i]);
      results.setRevision(state_.plugins.revision());
    });
  }

  kj::Promise<void> upload(UploadContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto params = context.getParams();
      check_name(params.getName(), "an image");
      const ImageAnnouncement announced{name_of(client_.info), wire::text(params.getName(), longest_path),
                                        params.getSize()};
      state_.upload_failures.noting(announced, [&] { take(context, announced); });
      return kj::READY_NOW;
    });
  }

  kj::Promise<void> submit(SubmitContext context) override {
    auto image = context.getParams().getJob().getImage();
    return image_servers_.getLocalServer(image).then([this, context](auto&& found) mutable {
      method([&] {
        KJ_IF_MAYBE (server, found) {
          accept(context, kj::downcast<ImageServer>(*server).image);
        } else {
          throw UserError("the job's image was not uploaded in this session");
        }
      });
    });
  }

  kj::Promise<void> openPreview(OpenPreviewContext context) override {
    auto image = context.getParams().getImage();
    return image_servers_.getLocalServer(image).then([this, context](auto&& found) mutable {
      return method([&]() -> kj::Promise<void> {
        KJ_IF_MAYBE (server, found) {
          return open(context, *kj::downcast<ImageServer>(*server).image);
        }
        throw UserError("the image was not uploaded in this session");
      });
    });
  }

  kj::Promise<void> status(StatusContext context) override {
    auto status = context.getResults().initStatus();
    status.initMaster().setVersion(version);
    status.getMaster().setEpoch(state_.epoch);
    state_.dispatcher.write_workers(status);
    return kj::READY_NOW;
  }

  kj::Promise<void> ping(PingContext) override { return kj::READY_NOW; }

 private:
  void take(UploadContext& context, const ImageAnnouncement& announced) {
    const std::string& name = announced.name;
    const std::uint64_t size = announced.bytes;
    const auto& limits = state_.options.limits;
    if (size > limits.upload_bytes) {
      throw UserError(name + " has " + std::to_string(size) + " bytes; this master takes files of up to " +
                      std::to_string(limits.upload_bytes));
    }
    forget_finished();
    auto image = std::make_shared<StoredImage>(name, size, images_, limits.images_per_client);
    image->may_expand = context.getParams().getMayExpand();
    auto& spool = state_.environment.spool;
    auto room = spool.promise(name, size, *images_.bytes - size);
    if (context.getParams().hasBytes()) {
      const auto bytes = context.getParams().getBytes();
      if (bytes.size() != size) throw UserError(name + " has another size than was announced");
      auto file = spool.take(name, size);
      Spool::storing(name, [&] { transport::write_file(*file, 0, bytes); });
      image->file = std::move(file);
    } else {
      auto take = [&spool, name, size] { return spool.take(name, size); };
      auto complete = [image](Upload::File file) {
        if (file == nullptr) image->give_up();
        image->file = std::move(file);
      };
      context.getResults().setSink(
          kj::heap<Upload>(std::move(take), announced, kj::mv(room), state_.upload_failures,
                           milliseconds(state_.options.upload_seconds), std::move(complete)));
    }
    context.getResults().setImage(image_servers_.add(kj::heap<ImageServer>(image)));
  }

  kj::Promise<void> open(OpenPreviewContext& context, const StoredImage& image) {
    if (!image.file) throw UserError(image.name + " was not uploaded completely");
    auto counted =
        std::make_shared<Counted>(previews_, state_.options.limits.previews_per_client, "open images");
    check_all_previews();
    auto of_all = std::make_shared<Counted>(state_.previews, ~0u, "open images");
    return OpenImage::open(image.file, image.name, image.limits(state_.options.limits.image),
                           state_.environment.bands, state_.environment.spool,
                           state_.environment.decoding_memory.of(client_.id))
        .then([this, context, counted = std::move(counted),
               of_all = std::move(of_all)](kj::Own<OpenImage>&& opened) mutable {
          auto results = context.getResults();
          auto picture = results.initPicture();
          const auto& info = opened->info();
          picture.initSize().setWidth(info.size.width);
          picture.getSize().setHeight(info.size.height);
          wire::write(picture.initFormat(), info.format);
          picture.setLevels(static_cast<std::uint32_t>(opened->pyramid().levels()));
          auto notes = picture.initNotes(static_cast<unsigned>(info.notes.size()));
          for (unsigned i = 0; i < notes.size(); ++i) notes.set(i, clean_line(info.notes[i], longest_line));
          results.setPreview(
              make_preview(state_, client_.id, opened.attach(std::move(counted), std::move(of_all))));
        });
  }

  // With this client's new one.
  void check_all_previews() const {
    if (*previews_ <= 1 || *state_.previews < state_.options.limits.previews) return;
    throw Error(Fault::failed, "clients of this master look at " + std::to_string(*state_.previews) +
                                   " images by now, as many as they may; close some, or wait for others to");
  }

  void accept(SubmitContext& context, const std::shared_ptr<StoredImage>& image) {
    const auto request = context.getParams().getJob();
    const std::string id = request.getId();
    auto found = jobs_.find(id);
    if (found == jobs_.end()) {
      forget_finished();
      auto run =
          kj::refcounted<JobRun>(state_, checked(request, id, *image), context.getParams().getWatcher());
      found = jobs_.emplace(id, kj::mv(run)).first;
    }
    context.getResults().setJob(make_job_server(kj::addRef(*found->second)));
  }

  JobSpec checked(rpc::JobRequest::Reader request, const std::string& id, const StoredImage& image) {
    const auto& limits = state_.options.limits;
    if (!is_sane_id(id)) throw UserError("a job's id has 1 to 64 letters, digits and dashes");
    if (!image.file) throw UserError(image.name + " was not uploaded completely");
    const auto recipe = wire::read(request.getRecipe());
    if (recipe.empty()) throw UserError("the recipe is empty; name at least one filter");
    check_length(recipe, limits.recipe_filters);
    const int quality = request.getJpegQuality();
    if (quality < 1 || quality > 100) throw UserError("the JPEG quality is a number from 1 to 100");
    if (!imageio::is_chroma(wire::text(request.getChroma()))) {
      throw UserError("the chroma of JPEG files is auto, 4:4:4 or 4:2:0");
    }
    const auto compression = wire::text(request.getCompression());
    check_storing(wire::text(request.getFormat()), compression, request.getLossless());
    const auto tile = request.getTile();
    if (tile.getWidth() < 0 || tile.getHeight() < 0 || (tile.getWidth() == 0) != (tile.getHeight() == 0)) {
      throw UserError("a tile has a width and a height of at least 1 pixel");
    }
    if (request.getPictureSide() > ResultPicture::largest_side) {
      throw UserError("the picture of a result has at most " + std::to_string(ResultPicture::largest_side) +
                      " pixels a side");
    }
    if (unfinished() >= limits.jobs_per_client) {
      throw UserError("a client may have " + std::to_string(limits.jobs_per_client) +
                      " jobs at a time; wait for some to end");
    }
    return {
        id,
        client_.id,
        name_of(client_.info),
        who_,
        image.name,
        image.file,
        image.bytes,
        image.limits(limits.image),
        state_.plugins.bind(recipe),
        {request.getFormat(), quality, wire::text(request.getChroma()), compression, request.getLossless()},
        {tile.getWidth(), tile.getHeight()},
        static_cast<int>(request.getPictureSide())};
  }

  std::size_t unfinished() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(jobs_, [](const auto& entry) { return !entry.second->finished(); }));
  }

  // Jobs and their results live as long as their client holds them.
  void forget_finished() {
    std::erase_if(jobs_,
                  [](const auto& entry) { return entry.second->finished() && !entry.second->isShared(); });
  }

  ClientDetails details() override {
    const auto connected = state_.environment.timer.now() - began_;
    client_.connected = std::chrono::seconds(connected / kj::SECONDS);
    client_.silence = liveness_.silence();
    client_.images = *images_.images;
    client_.image_bytes = *images_.bytes;
    client_.jobs = static_cast<std::uint32_t>(unfinished());
    client_.previews = *previews_;
    return client_;
  }

  void end(const std::string& reason) override {
    leave(reason);
    end_.fulfiller->reject(transport::to_kj(Error(Fault::failed, reason)));
    liveness_.cut_after(farewell_time);
  }

  // The connection is closed first, so that a client that comes to itself takes it for lost, as it is, and
  // not its jobs for ended.
  void give_up() {
    liveness_.cut();
    leave("nothing was heard of its client for " + std::to_string(liveness_.silence().count() / 1000) + " s");
  }

  void leave(const std::string& reason) {
    if (why_ended_) return;
    why_ended_ = reason;
    state_.clients.remove(client_.id);
    for (auto& [id, job] : jobs_) job->cancel(reason);
    transport::drop_later(std::exchange(jobs_, {}));
    spdlog::info("client left {} reason=\"{}\"", who_, reason);
  }

  MasterState& state_;
  ClientDetails client_;   // what changes is filled in by details()
  const std::string who_;  // for the log
  kj::TimePoint began_;
  Liveness liveness_;
  std::optional<std::string> why_ended_;
  kj::PromiseFulfillerPair<void> end_ = kj::newPromiseAndFulfiller<void>();
  kj::ForkedPromise<void> ended_ = end_.promise.fork();  // fails when an administrator ends the session
  ImageTotals images_;
  std::shared_ptr<unsigned> previews_ = std::make_shared<unsigned>(0);
  std::shared_ptr<unsigned> filter_waits_ = std::make_shared<unsigned>(0);
  capnp::CapabilityServerSet<rpc::Image> image_servers_;
  std::map<std::string, kj::Own<JobRun>> jobs_;
};

}  // namespace

rpc::ClientSession::Client make_client_session(MasterState& state, ClientInfo client, std::string address,
                                               transport::Line line, const SignIn& sign_in) {
  auto session = kj::heap<SessionServer>(state, std::move(client), std::move(address), kj::mv(line));
  auto signed_in = sign_in([&session = *session] { session.let_go(); });
  return session.attach(kj::mv(signed_in));
}

}  // namespace tilework::master

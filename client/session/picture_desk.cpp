#include "client/session/picture_desk.h"

#include <utility>

#include "schema/transport/blob.h"
#include "schema/transport/errors.h"
#include "schema/wire/picture.h"

namespace tilework::client {
namespace {

using transport::method;

// The master may hold it longer than the render lives; then nobody observes.
class Pieces final : public rpc::PieceSink::Server {
 public:
  explicit Pieces(std::weak_ptr<RenderObserver> observer) : observer_(std::move(observer)) {}

 protected:
  kj::Promise<void> piece(PieceContext context) override {
    return method([&]() -> kj::Promise<void> {
      const auto observer = observer_.lock();
      if (observer && observer->piece) observer->piece(wire::read(context.getParams()));
      return kj::READY_NOW;
    });
  }

 private:
  std::weak_ptr<RenderObserver> observer_;
};

}  // namespace

void PictureDesk::open(std::uint64_t picture, std::filesystem::path path, std::string name,
                       PictureObserver observer) {
  auto entry = std::make_shared<Entry>(Entry{{}, std::move(name), std::move(observer)});
  try {
    entry->file = open_input_file(path, entry->name);
  } catch (const Error& error) {
    if (entry->observer.failed) entry->observer.failed(error);
    return;
  }
  entries_[picture] = entry;
  auto opened = call<bool>(
      entry, [](Preview&) -> kj::Promise<bool> { return true; }, moves_);
  tasks_.add(opened.ignoreResult().catch_([entry](kj::Exception&& error) {
    if (entry->observer.failed) entry->observer.failed(transport::from_kj(error));
  }));
}

void PictureDesk::close(std::uint64_t picture) {
  entries_.erase(picture);
}

void PictureDesk::render(std::uint64_t render, std::uint64_t picture, RenderRequest request,
                         RenderObserver observer) {
  const auto found = entries_.find(picture);
  if (found == entries_.end()) {
    if (observer.failed) observer.failed(UserError("the image isn't open"));
    return;
  }
  auto told = std::make_shared<RenderObserver>(std::move(observer));
  auto ask = [request = std::move(request), told](Preview& preview) {
    auto call = preview.renderRequest();
    wire::write(call.initRequest(), request);
    call.setSink(kj::heap<Pieces>(told));
    return call.send().then(
        [](auto&& answer) { return method([&] { return wire::read(answer.getResult()); }); });
  };
  auto cancelled = kj::newPromiseAndFulfiller<void>();
  cancels_[render] = kj::mv(cancelled.fulfiller);
  tasks_.add(call<RenderOutcome>(found->second, std::move(ask), moves_)
                 .then(
                     [told](RenderOutcome&& outcome) {
                       if (told->done) told->done(outcome);
                     },
                     [told](kj::Exception&& error) {
                       if (told->failed) told->failed(transport::from_kj(error));
                     })
                 .exclusiveJoin(kj::mv(cancelled.promise))
                 .attach(kj::defer([this, render] { cancels_.erase(render); })));
}

void PictureDesk::cancel(std::uint64_t render) {
  if (const auto found = cancels_.find(render); found != cancels_.end()) found->second->fulfill();
}

template <class Value, class Call>
kj::Promise<Value> PictureDesk::call(std::shared_ptr<Entry> entry, Call make, unsigned moves) {
  return links_.link().then([this, entry, make = std::move(make),
                             moves](std::shared_ptr<Link>&& link) mutable {
    auto answer = preview_at(link, entry).then([make](Preview&& preview) mutable { return make(preview); });
    return link->unless_lost<Value>(kj::mv(answer))
        .catch_([this, entry, make, moves, link](kj::Exception&& error) mutable -> kj::Promise<Value> {
          if (!is_loss(error)) return transport::to_kj(link->explain(error));
          links_.forget(*link);
          if (moves == 0) return transport::to_kj(link->explain(error));
          link = nullptr;
          return call<Value>(entry, std::move(make), moves - 1);
        });
  });
}

kj::Promise<PictureDesk::Preview> PictureDesk::preview_at(std::shared_ptr<Link> link,
                                                          std::shared_ptr<Entry> entry) {
  KJ_IF_MAYBE (opening, entry->opening) {
    if (opening->link == link->number) return opening->preview.addBranch();
  }
  auto preview = open_at(link, entry).fork();
  auto branch = preview.addBranch();
  entry->opening = Opening{link->number, kj::mv(preview)};
  return branch;
}

kj::Promise<PictureDesk::Preview> PictureDesk::open_at(std::shared_ptr<Link> link,
                                                       std::shared_ptr<Entry> entry) {
  auto request = link->session().uploadRequest();
  request.setName(name_for_master(entry->name));
  request.setSize(entry->file.bytes);
  auto upload = request.send();
  auto image = upload.getImage();
  return transport::send_file(entry->file.fd, entry->file.bytes, upload.getSink())
      .then([link, image = kj::mv(image)]() mutable {
        auto open = link->session().openPreviewRequest();
        open.setImage(image);
        return open.send();
      })
      .then([observer = entry->observer](auto&& answer) {
        return method([&] {
          const auto picture = wire::read(answer.getPicture());
          if (observer.opened) observer.opened(picture);
          return answer.getPreview();
        });
      });
}

}  // namespace tilework::client

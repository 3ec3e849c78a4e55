// The images that a session looks at. Each is uploaded and opened at the master when that is needed first,
// and again at the next master when one is lost. On the RPC thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <kj/async.h>

#include "client/session/input_file.h"
#include "client/session/link_keeper.h"
#include "client/session/picture.h"

namespace tilework::client {

class PictureDesk final : private kj::TaskSet::ErrorHandler {
 public:
  // The keeper outlives the desk. `moves` is how often a call goes on elsewhere before it is given up.
  PictureDesk(LinkKeeper& links, unsigned moves) : links_(links), moves_(moves), tasks_(*this) {}
  KJ_DISALLOW_COPY(PictureDesk);

  // The caller numbers pictures and renders.
  void open(std::uint64_t picture, std::filesystem::path path, std::string name, PictureObserver observer);
  void close(std::uint64_t picture);
  void render(std::uint64_t render, std::uint64_t picture, RenderRequest request, RenderObserver observer);
  void cancel(std::uint64_t render);

 private:
  using Preview = rpc::Preview::Client;
  struct Opening {
    std::uint64_t link = 0;
    kj::ForkedPromise<Preview> preview;
  };
  // Held by all who use it: closing doesn't pull it from under them.
  struct Entry {
    InputFile file;
    std::string name;
    PictureObserver observer;
    kj::Maybe<Opening> opening{};
  };

  kj::Promise<Preview> preview_at(std::shared_ptr<Link> link, std::shared_ptr<Entry> entry);
  kj::Promise<Preview> open_at(std::shared_ptr<Link> link, std::shared_ptr<Entry> entry);
  template <class Value, class Call>
  kj::Promise<Value> call(std::shared_ptr<Entry> entry, Call make, unsigned moves);
  void taskFailed(kj::Exception&&) override {}  // told to the observers

  LinkKeeper& links_;
  const unsigned moves_;
  std::map<std::uint64_t, std::shared_ptr<Entry>> entries_;
  std::map<std::uint64_t, kj::Own<kj::PromiseFulfiller<void>>> cancels_;  // by render
  kj::TaskSet tasks_;                                                     // last: dropped first
};

}  // namespace tilework::client

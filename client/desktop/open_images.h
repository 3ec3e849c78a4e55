// The document's images at the cluster: opens those that are needed (client/document/open_choice.h), closes
// the others, and makes thumbnails. The main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "client/document/document.h"
#include "client/document/open_choice.h"
#include "client/preview/tile_set.h"
#include "client/session/session.h"
#include "client/ui/model.h"
#include "client/ui/texture.h"

namespace tilework::client {

class OpenImages {
 public:
  using Views = std::map<ImageId, ImageView>;

  // `wake` is called on any thread when there is news.
  explicit OpenImages(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Once a frame: takes what came into the views, then opens and closes. Views of images that are gone are
  // removed. Without a session nothing is opened. `in_sight`: whose thumbnails are on screen. What no master
  // could be reached for is tried again now and then.
  void follow(Session* session, const Document& document, const std::set<ImageId>& in_sight, Views& views,
              std::vector<Notice>& notices);
  // Opens the image anew, as if it had never been.
  void retry(Session* session, ImageId image, Views& views);
  // The session is gone, and all that was open in it.
  void forget_all();

  // The session's number of the picture, if it is open.
  std::optional<std::uint64_t> number_of(ImageId image) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::uint64_t number = 0;  // while it is open
    bool asked_for_thumbnail = false;
    std::optional<Texture> thumbnail = {};
    Clock::time_point retry_at{};
  };
  // What the session's thread leaves for the next frame.
  struct Mail {
    std::mutex mutex;
    std::vector<std::pair<ImageId, Picture>> opened;
    std::vector<std::pair<ImageId, Error>> failed;
    std::vector<std::pair<ImageId, TileHandle>> thumbnails;
    std::vector<std::pair<ImageId, Error>> no_thumbnails;
  };

  void take_mail(Session* session, const Document& document, Views& views, std::vector<Notice>& notices);
  void drop_closed(Session* session, const Document& document, Views& views);
  std::vector<ImageId> without_thumbnail(const Document& document, const std::set<ImageId>& in_sight,
                                         Views& views) const;
  bool may_try(ImageId image) const;
  void open(Session& session, const ImageEntry& image);
  void close(Session* session, ImageId image);
  void ask_for_thumbnail(Session& session, ImageId id, const Picture& picture);

  std::function<void()> wake_;
  OpenChoice choice_;
  std::map<ImageId, Entry> entries_;  // of all images that were ever open
  std::shared_ptr<Mail> mail_ = std::make_shared<Mail>();
};

}  // namespace tilework::client

// The converted file that is looked at, open at the cluster as the images are. The main thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "client/document/document.h"
#include "client/session/session.h"

namespace tilework::client {

class ResultPicture {
 public:
  struct File {
    ImageId image = 0;  // that it was made of
    std::filesystem::path path;
    std::string name;
    friend bool operator==(const File&, const File&) = default;
  };

  // `wake` is called on any thread when there is news.
  explicit ResultPicture(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Once a frame: opens the file that is wanted, and closes any other. Without a session nothing happens.
  void follow(Session* session, const std::optional<File>& wanted);
  // The session is gone, and all that was open in it.
  void forget() { open_.reset(); }

  // Of the image's file: once it is open, or why it can't be.
  std::optional<Picture> picture(ImageId image) const;
  std::optional<Error> error(ImageId image) const;
  std::uint64_t number() const { return open_ ? open_->number : 0; }  // the session's

 private:
  // Written on the session's thread.
  struct Mail {
    std::mutex mutex;
    std::optional<Picture> picture;
    std::optional<Error> error;
  };
  struct Open {
    File file;
    std::uint64_t number = 0;
    std::shared_ptr<Mail> mail = std::make_shared<Mail>();
  };

  std::function<void()> wake_;
  std::optional<Open> open_;
};

}  // namespace tilework::client

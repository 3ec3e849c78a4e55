#include "client/desktop/result_picture.h"

#include <utility>

namespace tilework::client {

void ResultPicture::follow(Session* session, const std::optional<File>& wanted) {
  if (session == nullptr || (open_ ? std::optional(open_->file) : std::nullopt) == wanted) return;
  if (open_) session->close_picture(open_->number);
  open_.reset();
  if (!wanted) return;
  open_.emplace(Open{*wanted});
  PictureObserver observer;
  observer.opened = [mail = open_->mail, wake = wake_](const Picture& picture) {
    {
      const std::scoped_lock lock(mail->mutex);
      mail->picture = picture;
      mail->error.reset();
    }
    wake();
  };
  observer.failed = [mail = open_->mail, wake = wake_](const Error& error) {
    {
      const std::scoped_lock lock(mail->mutex);
      mail->error = error;
    }
    wake();
  };
  open_->number = session->open_picture(wanted->path, wanted->name, std::move(observer));
}

std::optional<Picture> ResultPicture::picture(ImageId image) const {
  if (!open_ || open_->file.image != image) return std::nullopt;
  const std::scoped_lock lock(open_->mail->mutex);
  return open_->mail->picture;
}

std::optional<Error> ResultPicture::error(ImageId image) const {
  if (!open_ || open_->file.image != image) return std::nullopt;
  const std::scoped_lock lock(open_->mail->mutex);
  return open_->mail->error;
}

}  // namespace tilework::client

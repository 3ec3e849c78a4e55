#include "client/desktop/open_images.h"

#include <system_error>

#include "client/preview/pixels.h"

namespace tilework::client {

using namespace std::chrono_literals;

namespace {

// Puts what is told on the session's thread into a mailbox.
template <class Mail, class Value>
auto post(std::shared_ptr<Mail> mail, std::vector<std::pair<ImageId, Value>> Mail::*box, ImageId id,
          std::function<void()> wake) {
  return [mail = std::move(mail), box, id, wake = std::move(wake)](const Value& value) {
    {
      const std::scoped_lock lock(mail->mutex);
      (mail.get()->*box).emplace_back(id, value);
    }
    wake();
  };
}

}  // namespace

void OpenImages::follow(Session* session, const Document& document, const std::set<ImageId>& in_sight,
                        Views& views, std::vector<Notice>& notices) {
  take_mail(session, document, views, notices);
  drop_closed(session, document, views);
  for (const auto& image : document.images) {
    const auto [view, is_new] = views.try_emplace(image.id);
    if (!is_new) continue;
    std::error_code ignored;
    const auto bytes = std::filesystem::file_size(image.path, ignored);
    view->second.file_bytes = ignored ? 0 : bytes;
  }
  if (session == nullptr) return;
  const auto current = document.current && may_try(*document.current) ? document.current : std::nullopt;
  const auto changes = choice_.follow(current, without_thumbnail(document, in_sight, views));
  for (const ImageId image : changes.close) close(session, image);
  for (const ImageId image : changes.open) open(*session, *document.find(image));
  for (const auto& [id, entry] : entries_) {
    const ImageView& view = views.at(id);
    if (view.picture && choice_.is_open(id)) ask_for_thumbnail(*session, id, *view.picture);
  }
}

void OpenImages::take_mail(Session* session, const Document& document, Views& views,
                           std::vector<Notice>& notices) {
  Mail mail;
  {
    const std::scoped_lock lock(mail_->mutex);
    mail.opened.swap(mail_->opened);
    mail.failed.swap(mail_->failed);
    mail.thumbnails.swap(mail_->thumbnails);
    mail.no_thumbnails.swap(mail_->no_thumbnails);
  }
  for (const auto& [id, picture] : mail.opened) {
    const ImageEntry* image = document.find(id);
    if (image == nullptr) continue;
    ImageView& view = views[id];
    const bool is_first = !view.picture;
    view.picture = picture;
    view.error.reset();
    if (!is_first) continue;
    for (const auto& text : picture.notes)
      notices.push_back({Notice::Kind::information, image->name + ": " + text});
  }
  for (const auto& [id, error] : mail.failed) {
    const auto found = entries_.find(id);
    if (document.find(id) == nullptr || found == entries_.end()) continue;
    views[id].error = error;
    if (error.fault() != Fault::unreachable) continue;
    close(session, id);
    choice_.forget(id);
    found->second.retry_at = Clock::now() + 2s;
  }
  for (const auto& [id, tile] : mail.thumbnails) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    found->second.thumbnail.emplace(tile->rgba, tile->place.width, tile->place.height);
    views[id].thumbnail = found->second.thumbnail->id();
    views[id].thumbnail_width = static_cast<float>(tile->place.width);
    views[id].thumbnail_height = static_cast<float>(tile->place.height);
  }
  for (const auto& [id, error] : mail.no_thumbnails) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || error.fault() == Fault::cancelled) continue;
    if (error.fault() == Fault::unreachable) {
      found->second.asked_for_thumbnail = false;
      found->second.retry_at = Clock::now() + 2s;
    } else {
      views[id].damage = error;
    }
  }
}

void OpenImages::drop_closed(Session* session, const Document& document, Views& views) {
  std::erase_if(views, [&](const auto& view) { return document.find(view.first) == nullptr; });
  std::erase_if(entries_, [&](const auto& entry) {
    if (document.find(entry.first) != nullptr) return false;
    close(session, entry.first);
    choice_.forget(entry.first);
    return true;
  });
}

// In sight, and after them those that are still being opened.
std::vector<ImageId> OpenImages::without_thumbnail(const Document& document,
                                                   const std::set<ImageId>& in_sight, Views& views) const {
  std::vector<ImageId> wanted, begun;
  for (const auto& image : document.images) {
    const ImageView& view = views[image.id];
    if (view.thumbnail != 0 || view.damage || !may_try(image.id)) continue;
    if (view.error && view.error->fault() != Fault::unreachable) continue;
    if (in_sight.contains(image.id)) {
      wanted.push_back(image.id);
    } else if (choice_.is_open(image.id)) {
      begun.push_back(image.id);
    }
  }
  wanted.insert(wanted.end(), begun.begin(), begun.end());
  return wanted;
}

bool OpenImages::may_try(ImageId image) const {
  const auto found = entries_.find(image);
  return found == entries_.end() || Clock::now() >= found->second.retry_at;
}

void OpenImages::open(Session& session, const ImageEntry& image) {
  PictureObserver observer{post(mail_, &Mail::opened, image.id, wake_),
                           post(mail_, &Mail::failed, image.id, wake_)};
  entries_[image.id].number = session.open_picture(image.path, image.name, std::move(observer));
}

void OpenImages::close(Session* session, ImageId image) {
  Entry& entry = entries_.at(image);
  if (session != nullptr && entry.number != 0) session->close_picture(entry.number);
  entry.number = 0;
  entry.asked_for_thumbnail = entry.thumbnail.has_value();
}

// The last level, which fits into 256 pixels. Pieces are rows of it, and may come twice.
void OpenImages::ask_for_thumbnail(Session& session, ImageId id, const Picture& picture) {
  Entry& entry = entries_.at(id);
  if (!may_try(id) || std::exchange(entry.asked_for_thumbnail, true)) return;
  const int level = picture.levels - 1;
  auto whole = std::make_shared<PreviewTile>();
  whole->place = {0, 0, picture.width_at(level), picture.height_at(level)};
  RenderObserver observer;
  whole->rgba.resize(static_cast<std::size_t>(whole->place.width) *
                     static_cast<std::size_t>(whole->place.height) * 4);
  observer.piece = [whole](const Piece& piece) {
    const Region rows{0, piece.place.y, whole->place.width, piece.place.height};
    if (piece.place != rows || shared_of(rows, whole->place) != rows)
      return;  // it was asked for nothing else
    to_rgba(piece.pixels, piece.format,
            whole->rgba.data() + std::ptrdiff_t{piece.place.y} * whole->place.width * 4);
  };
  observer.done = [whole, tell = post(mail_, &Mail::thumbnails, id, wake_)](const RenderOutcome&) {
    tell(whole);
  };
  observer.failed = post(mail_, &Mail::no_thumbnails, id, wake_);
  RenderRequest request{{}, level, {whole->place}};
  request.provisional = true;
  session.render(entry.number, std::move(request), std::move(observer));
}

void OpenImages::retry(Session* session, ImageId image, Views& views) {
  if (!entries_.contains(image)) return;
  close(session, image);
  choice_.forget(image);
  entries_.erase(image);
  views.erase(image);
}

void OpenImages::forget_all() {
  mail_ = std::make_shared<Mail>();  // what the old session still tells goes nowhere
  choice_.clear();
  entries_.clear();
}

std::optional<std::uint64_t> OpenImages::number_of(ImageId image) const {
  if (!choice_.is_open(image)) return std::nullopt;
  return entries_.at(image).number;
}

}  // namespace tilework::client

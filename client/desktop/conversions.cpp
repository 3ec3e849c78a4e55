#include "client/desktop/conversions.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "client/session/temporary_folder.h"
#include "client/ui/widgets.h"
#include "schema/model/image_format.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

constexpr int picture_side = 512;  // pixels
// Of results that are done, so many show their small picture: hundreds of them would fill the memory.
constexpr std::size_t most_pictures = 32;

// PNG, which keeps everything, for names that say nothing.
std::string format_of(const fs::path& file) {
  const std::string format = format_of_name(file);
  return format.empty() ? "png" : format;
}

std::string extension_for(const std::string& format, const fs::path& original) {
  if (format_of_name(original) == format) return original.extension().string();
  const auto known = image_extensions();
  return std::ranges::find(known, format, &ImageExtension::format)->text;
}

}  // namespace

Conversions::Conversions(std::function<void()> wake)
    : wake_(std::move(wake)), folder_(make_temporary_folder("tilework-results-", "results")) {}

Conversions::~Conversions() {
  entries_.clear();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Conversions::start(Session& session, const ImageEntry& image, const Settings& settings, bool detects) {
  Entry entry;
  entry.detects = detects;
  JobSpec spec;
  entry.job = spec.id;
  entry.recipe = spec.recipe = recipe_of(image.steps);
  entry.format = spec.format = settings.format == "same" ? format_of(image.path) : settings.format;
  entry.result = spec.output = folder_ / (std::to_string(image.id) + '-' + spec.id.substr(0, 8));
  entry.progress = std::make_shared<Progress>();
  entry.begin = Clock::now();
  entry.shown.state = Conversion::State::waiting;
  spec.input = image.path;
  spec.name = image.name;
  spec.jpeg_quality = settings.jpeg_quality;
  if (settings.format == "tiff") spec.compression = settings.compression;
  if (settings.format == "webp") spec.lossless = settings.lossless;
  spec.picture_side = picture_side;
  JobObserver observer;
  observer.uploaded = [progress = entry.progress, wake = wake_](std::uint64_t bytes, std::uint64_t total) {
    const std::scoped_lock lock(progress->mutex);
    progress->uploaded = bytes;
    progress->upload_total = total;
    wake();
  };
  observer.progressed = [progress = entry.progress, wake = wake_](const JobProgress& job) {
    const std::scoped_lock lock(progress->mutex);
    progress->job = job;
    progress->uploading = false;
    wake();
  };
  observer.downloaded = [progress = entry.progress, wake = wake_](std::uint64_t bytes, std::uint64_t total) {
    const std::scoped_lock lock(progress->mutex);
    progress->downloaded = bytes;
    progress->download_total = total;
    wake();
  };
  observer.lost = [progress = entry.progress, wake = wake_] {
    const std::scoped_lock lock(progress->mutex);
    progress->uploaded = progress->downloaded = progress->download_total = 0;
    progress->job = {};
    progress->uploading = true;
    progress->picture.clear();
    progress->picture_changed = true;
    wake();
  };
  observer.piece = [progress = entry.progress, wake = wake_](const ResultPiece& piece) {
    const std::scoped_lock lock(progress->mutex);
    progress->picture.add(piece);
    progress->picture_changed = true;
    wake();
  };
  entry.outcome = session.apply(std::move(spec), std::move(observer));
  forget(image.id);
  entries_.emplace(image.id, std::move(entry));
}

void Conversions::cancel(Session& session, ImageId image) {
  if (const auto found = entries_.find(image); found != entries_.end()) session.cancel(found->second.job);
}

void Conversions::forget(ImageId image) {
  const auto found = entries_.find(image);
  if (found == entries_.end()) return;
  std::error_code ignored;
  fs::remove(found->second.result, ignored);
  entries_.erase(found);
}

void Conversions::poll(const Document& document, std::vector<Notice>& notices) {
  for (auto& [id, entry] : entries_) {
    const ImageEntry* image = document.find(id);
    if (image != nullptr) entry.shown.is_stale = recipe_of(image->steps) != entry.recipe;
    if (!entry.shown.is_active()) continue;
    const bool ended = entry.outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    show_picture(entry);
    if (ended) {
      show_end(entry, image != nullptr ? image->name : "the image", notices);
      keep_picture(id, entry);
    } else {
      show_progress(entry);
    }
  }
}

// Of the bar, the upload and the download are a tenth each.
void Conversions::show_progress(Entry& entry) {
  const std::scoped_lock lock(entry.progress->mutex);
  const Progress& progress = *entry.progress;
  const auto part = [](std::uint64_t done, std::uint64_t total) {
    return total == 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(total);
  };
  Conversion& shown = entry.shown;
  if (progress.download_total > 0) {
    shown.state = Conversion::State::downloading;
    shown.fraction = 0.9 + 0.1 * part(progress.downloaded, progress.download_total);
  } else if (!progress.uploading) {
    shown.state = progress.job.segments_done > 0 ? Conversion::State::running : Conversion::State::waiting;
    shown.fraction = 0.1 + 0.8 * part(progress.job.segments_done, progress.job.segments_total);
  } else {
    shown.state = progress.uploaded > 0 ? Conversion::State::uploading : Conversion::State::waiting;
    shown.fraction = 0.1 * part(progress.uploaded, progress.upload_total);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - entry.begin).count();
  shown.seconds_left.reset();
  if (shown.fraction > 0.15 && seconds > 1)
    shown.seconds_left = seconds / shown.fraction * (1 - shown.fraction);
}

void Conversions::show_picture(Entry& entry) {
  const std::scoped_lock lock(entry.progress->mutex);
  if (!std::exchange(entry.progress->picture_changed, false)) return;
  const GrowingPicture& picture = entry.progress->picture;
  const int width = picture.width(), height = picture.height();
  if (width == 0) {
    entry.picture.reset();
  } else if (entry.picture && entry.picture->width() == width && entry.picture->height() == height) {
    entry.picture->update(picture.rgba(), 0, 0, width, height);
  } else {
    entry.picture.emplace(picture.rgba(), width, height);
  }
  entry.shown.picture = entry.picture ? entry.picture->id() : 0;
  entry.shown.picture_width = static_cast<float>(width);
  entry.shown.picture_height = static_cast<float>(height);
}

// The texture is all that is needed from now on, and the oldest ones aren't.
void Conversions::keep_picture(ImageId image, Entry& entry) {
  {
    const std::scoped_lock lock(entry.progress->mutex);
    entry.progress->picture.clear();
    entry.progress->picture_changed = false;
  }
  std::erase(pictured_, image);  // of an earlier time
  pictured_.push_back(image);
  while (pictured_.size() > most_pictures) {
    const auto oldest = entries_.find(pictured_.front());
    pictured_.pop_front();
    if (oldest == entries_.end() || oldest->second.shown.is_active()) continue;
    oldest->second.picture.reset();
    oldest->second.shown.picture = 0;
  }
}

void Conversions::show_end(Entry& entry, const std::string& name, std::vector<Notice>& notices) {
  Conversion& shown = entry.shown;
  shown.seconds_left.reset();
  shown.seconds = std::chrono::duration<double>(Clock::now() - entry.begin).count();
  try {
    const JobOutcome outcome = entry.outcome.get();
    shown.state = Conversion::State::done;
    shown.fraction = 1;
    if (entry.detects || !outcome.result.findings.empty()) {
      shown.findings = std::make_shared<const std::vector<Finding>>(outcome.result.findings);
    }
    for (const auto& text : outcome.result.notes) shown.text += (shown.text.empty() ? "" : "; ") + text;
    notices.push_back({Notice::Kind::success, name + " is converted. Save it with Ctrl+S."});
  } catch (const Error& error) {
    const bool cancelled = error.fault() == Fault::cancelled;
    shown.state = cancelled ? Conversion::State::cancelled : Conversion::State::failed;
    shown.text = error.what();
    if (!cancelled) notices.push_back({Notice::Kind::trouble, name + " failed: " + error.what()});
  }
}

const Conversion* Conversions::find(ImageId image) const {
  const auto found = entries_.find(image);
  return found == entries_.end() ? nullptr : &found->second.shown;
}

fs::path Conversions::result_of(ImageId image) const {
  const auto found = entries_.find(image);
  const bool is_done = found != entries_.end() && found->second.shown.has_result();
  return is_done ? found->second.result : fs::path();
}

bool Conversions::any_active() const {
  return std::ranges::any_of(entries_, [](const auto& entry) { return entry.second.shown.is_active(); });
}

bool Conversions::any_unsaved() const {
  return std::ranges::any_of(entries_, [](const auto& entry) { return entry.second.shown.is_unsaved(); });
}

bool Conversions::would_be_lost(ImageId image) const {
  const auto found = entries_.find(image);
  if (found == entries_.end()) return false;
  return found->second.shown.is_active() || found->second.shown.is_unsaved();
}

std::string Conversions::format_of_result(const ImageEntry& image) const {
  const auto entry = entries_.find(image.id);
  return entry == entries_.end() ? format_of(image.path) : entry->second.format;
}

fs::path Conversions::proposed_name(const ImageEntry& image, const fs::path& folder) const {
  const std::string format = format_of_result(image);
  const fs::path place = folder.empty() ? image.path.parent_path() : folder;
  const std::string stem = image.path.stem().string() + "-tilework";
  const std::string extension = extension_for(format, image.path);
  std::error_code error;
  fs::path file = place / (stem + extension);
  for (int number = 2; fs::exists(file, error); ++number) {
    file = place / (stem + '-' + std::to_string(number) + extension);
  }
  return file;
}

std::vector<std::string> Conversions::extensions(const ImageEntry& image) const {
  const std::string format = format_of_result(image);
  std::vector<std::string> list{lower_case(extension_for(format, image.path))};
  for (const auto& known : image_extensions()) {
    if (known.format == format && known.text != list.front()) list.emplace_back(known.text);
  }
  return list;
}

// Copied beside its place first, so that a file that is there is replaced by a whole one or not at all.
void Conversions::save(ImageId image, const fs::path& file) {
  const auto found = entries_.find(image);
  if (found == entries_.end() || !found->second.shown.has_result()) {
    throw UserError("there is no result to save; convert the image first");
  }
  std::error_code error;
  const fs::path fresh = file.string() + ".new";
  fs::copy_file(found->second.result, fresh, fs::copy_options::overwrite_existing, error);
  if (!error) fs::rename(fresh, file, error);
  if (error) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    throw UserError(file.string() + " can't be written: " + error.message());
  }
  found->second.shown.saved = file;
}

}  // namespace tilework::client

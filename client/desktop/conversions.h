// Whole images that are converted in the background, and their results until they are saved. The main thread.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "client/document/document.h"
#include "client/document/settings.h"
#include "client/preview/growing_picture.h"
#include "client/session/session.h"
#include "client/ui/model.h"
#include "client/ui/texture.h"

namespace tilework::client {

class Conversions {
 public:
  // Results lie in a folder of their own below the system's temporary one. Throws tilework::Error when it
  // can't be made. `wake` is called on any thread when there is news.
  explicit Conversions(std::function<void()> wake);
  ~Conversions();
  Conversions(const Conversions&) = delete;
  Conversions& operator=(const Conversions&) = delete;

  // `detects`: one of the recipe's filters is a detector.
  void start(Session& session, const ImageEntry& image, const Settings& settings, bool detects);
  void cancel(Session& session, ImageId image);
  void forget(ImageId image);

  // Once a frame: takes what came, and tells of ends.
  void poll(const Document& document, std::vector<Notice>& notices);
  // Null if the image was never converted. Without `saved` and such it is as the panels show it.
  const Conversion* find(ImageId image) const;
  // Where the result lies until it is forgotten; empty if there is none.
  std::filesystem::path result_of(ImageId image) const;
  bool any_active() const;
  bool any_unsaved() const;
  // The image has a result that wasn't saved, or is being converted.
  bool would_be_lost(ImageId image) const;

  // "photo-tilework.jpg" beside the original, or in the folder; with a number if that exists.
  std::filesystem::path proposed_name(const ImageEntry& image, const std::filesystem::path& folder) const;
  // How a result's name may end, with that of the proposed name first.
  std::vector<std::string> extensions(const ImageEntry& image) const;
  // Throws UserError.
  void save(ImageId image, const std::filesystem::path& file);

 private:
  using Clock = std::chrono::steady_clock;
  // Written on the session's thread.
  struct Progress {
    std::mutex mutex;
    std::uint64_t uploaded = 0, upload_total = 0;
    JobProgress job;
    std::uint64_t downloaded = 0, download_total = 0;
    bool uploading = true;
    GrowingPicture picture;
    bool picture_changed = false;
  };
  struct Entry {
    std::string job;
    std::string format;
    bool detects = false;
    Recipe recipe;
    std::filesystem::path result;
    std::shared_ptr<Progress> progress;
    std::future<JobOutcome> outcome;
    Clock::time_point begin;
    Conversion shown;
    std::optional<Texture> picture;
  };

  std::string format_of_result(const ImageEntry& image) const;
  void show_progress(Entry& entry);
  void show_picture(Entry& entry);
  void keep_picture(ImageId image, Entry& entry);
  void show_end(Entry& entry, const std::string& name, std::vector<Notice>& notices);

  std::function<void()> wake_;
  std::filesystem::path folder_;
  std::map<ImageId, Entry> entries_;
  std::deque<ImageId> pictured_;  // in the order in which they ended
};

}  // namespace tilework::client

// What panels draw from, and what they return. The application fills the model before each frame; panels
// change nothing but their own looks (what is open, what is typed), and return intents. The user interface's
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "client/document/edit.h"
#include "client/document/history.h"
#include "client/document/preset.h"
#include "client/document/settings.h"
#include "client/preview/previewer.h"
#include "schema/model/job.h"
#include "schema/model/recipe.h"

namespace tilework::client {

// A texture for ImGui::Image(); 0 is none.
using TextureId = std::uintptr_t;

// Of one image, as far as it is known.
struct Conversion {
  enum class State { waiting, uploading, running, downloading, done, failed, cancelled };
  State state = State::waiting;
  double fraction = 0;  // of the work
  std::optional<double> seconds_left = {};
  double seconds = 0;                                         // that it took
  std::string text = {};                                      // a failure's reason, or notes of the result
  std::filesystem::path saved = {};                           // where the result was saved
  bool is_stale = false;                                      // the recipe was changed since
  std::shared_ptr<const std::vector<Finding>> findings = {};  // once it is done; null without detectors
  TextureId picture = 0;                                      // of the result, as far as it is there
  float picture_width = 0;                                    // pixels
  float picture_height = 0;
  bool is_active() const { return state < State::done; }
  bool has_result() const { return state == State::done; }
  bool is_unsaved() const { return has_result() && saved.empty(); }
};

struct ImageView {
  std::optional<Picture> picture = {};  // once it was opened
  std::optional<Error> error = {};      // why it can't be
  std::optional<Error> damage = {};     // why it can't be decoded as a whole, though it was opened
  std::uint64_t file_bytes = 0;
  TextureId thumbnail = 0;
  float thumbnail_width = 0;  // pixels
  float thumbnail_height = 0;
  std::optional<Conversion> conversion = {};
  std::optional<Picture> result = {};      // the converted file, while it is looked at and once it was opened
  std::optional<Error> result_error = {};  // why it can't be
};

struct MasterView {
  std::string address;
  bool is_current = false;
  bool is_lost = false;
  std::string why = {};                     // it was lost
  std::optional<MasterAnswer> answer = {};  // of one that isn't in use, when it was asked last
};

struct ClusterView {
  bool is_private = false;  // a cluster of the program's own
  std::vector<MasterView> masters = {};
  std::optional<ClusterStatus> status = {};                // the newest
  std::map<std::string, double> segments_per_second = {};  // by worker
  std::map<std::string, double> cpu_percent = {};          // of one core, by worker
  std::vector<PluginDescription> plugins = {};
};

// A line for the user that goes by itself.
struct Notice {
  enum class Kind { information, success, trouble };
  Kind kind = Kind::information;
  std::string text = {};
};

struct Model {
  const History& history;
  const std::map<ImageId, ImageView>& images;
  const std::vector<FilterDescription>& filters;
  bool filters_known = false;
  const std::vector<Preset>& presets;
  const ClusterView& cluster;
  const Settings& settings;
  const Previewer* preview = nullptr;  // of the current image, once it is open
  const std::vector<Notice>& notices;
  std::string connection = {};  // in a few words, for the status line
  bool is_connected = false;

  const Document& document() const { return history.now(); }
  const ImageEntry* current() const { return document().current_image(); }
  const ImageView* view_of(ImageId id) const {
    const auto found = images.find(id);
    return found == images.end() ? nullptr : &found->second;
  }
  const FilterDescription* filter(const std::string& name) const {
    for (const auto& filter : filters) {
      if (filter.name == name) return &filter;
    }
    return nullptr;
  }
};

// What a user asks for, besides edits of the document.
struct EndOfDrag {};  // what follows is an edit of its own
struct Undo {};
struct Redo {};
struct SavePreset {
  std::string name;
};
struct DeletePreset {
  std::filesystem::path file;
};
struct Convert {
  std::vector<ImageId> images;
};
struct CancelConversion {
  ImageId image;
};
struct SaveResults {
  std::vector<ImageId> images;
  std::filesystem::path folder;  // empty: beside each image
};
struct SaveFindings {
  ImageId image;
  std::filesystem::path file;
};
struct SaveResultAs {
  ImageId image;
  std::filesystem::path file;
};
struct ChangeSettings {
  Settings settings;
};
struct Reconnect {
  std::string masters;  // as --master takes them; empty: a private cluster
};
struct Retry {  // to open an image
  ImageId image;
};
struct Quit {};

using Intent = std::variant<Edit, EndOfDrag, Undo, Redo, SavePreset, DeletePreset, Convert, CancelConversion,
                            SaveResults, SaveResultAs, SaveFindings, ChangeSettings, Reconnect, Retry, Quit>;
using Intents = std::vector<Intent>;

}  // namespace tilework::client

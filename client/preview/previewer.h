// Keeps what is on screen up to date: each frame says what is looked at, and gets the tiles that there are.
//
// One render runs at a time, for the most urgent of what is missing: the result that is on screen, then the
// input, then either as a whole at a low level, which fills the screen when the view moves and is what the
// histograms count. While a render runs, newer looks replace each other, so the newest wins; a render that
// nobody wants any more is cancelled, but for one that began a moment ago, since a picture that is one step
// behind is better than none while a slider moves. What takes long is computed coarsely first.
//
// Global filters get the stats of the reduced image at first. Once a picture has rested, those of the image
// at full size are asked for, beside the renders; when they are there, the picture is computed anew with
// them.
//
// Of a large image, which takes a while to be decoded, a small picture is asked for first, and shown behind
// the tiles until these are there.
//
// The user interface's thread, but for what the port calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "client/preview/assembly.h"
#include "client/preview/tile_set.h"
#include "client/preview/viewport.h"
#include "client/session/picture.h"
#include "schema/model/recipe.h"

namespace tilework::client {

// What a previewer needs of a session. The observer is told on any thread, also after cancel().
class RenderPort {
 public:
  virtual ~RenderPort() = default;
  virtual std::uint64_t render(std::uint64_t picture, RenderRequest request, RenderObserver observer) = 0;
  virtual void cancel(std::uint64_t render) = 0;
};

enum class Side { input, result };

// What is on screen.
struct Look {
  std::uint64_t picture_number = 0;  // the session's
  Picture picture;
  Recipe recipe;
  // Shown as the result as it is, instead of what the recipe makes: another picture of the session's, of the
  // same size.
  std::optional<std::uint64_t> result_number = {};
  std::uint64_t filters_revision = 0;  // a filter that was replaced gives other pixels
  Viewport viewport;
  Screen screen;
  bool input = false;  // is on screen
  bool result = true;
};

struct PreviewLimits {
  std::size_t bytes = std::size_t{160} << 20;  // of tiles
  std::chrono::milliseconds stale{40};         // a render that nobody wants is let end within that
  std::chrono::milliseconds slow{120};         // what is expected to take longer is coarse first
  std::chrono::milliseconds rest{40};          // after a picture, until what isn't on screen is computed
  std::chrono::milliseconds patience{250};     // a user waits for so long without a word
  std::chrono::milliseconds retry{1000};       // after a master that can't be reached
  std::int64_t quick = 30'000'000;             // pixels of an image that is decoded in no time
};

class Previewer {
 public:
  using Clock = std::chrono::steady_clock;

  // `wake` is called, on any thread, when there is something for the next look. The port outlives it.
  Previewer(RenderPort& port, std::function<void()> wake, PreviewLimits limits = {});
  ~Previewer();
  Previewer(const Previewer&) = delete;
  Previewer& operator=(const Previewer&) = delete;

  // Takes what came, and asks for what is missing. Once a frame.
  void look(const Look& look, Clock::time_point now);
  // Nothing is looked at: what runs is cancelled. What was computed stays for a while.
  void look_away();

  // What to draw of a side, from back to front, after look().
  std::vector<TileHandle> tiles(Side side) const;
  // All that is on screen is there, at the level that fits it.
  bool is_complete(Side side) const;
  // There is something for all of it, if of an older recipe.
  bool is_covered(Side side) const;
  // Something runs, or waits until what was shown last has rested.
  bool is_busy() const { return running_ != nullptr || rests_; }
  // What is on screen has been incomplete for so long that a user wonders.
  bool is_slow() const { return is_slow_; }
  // Since when something is missing on screen that is being computed.
  std::optional<Clock::time_point> incomplete_since() const { return incomplete_since_; }
  // Why the newest recipe's result can't be shown.
  const Error* error(Side side) const;
  // Places in the recipe of filters that are shown about, at this level.
  const std::vector<std::size_t>& approximate() const;
  // The same for global filters whose stats are still those of the reduced image.
  const std::vector<std::size_t>& reduced_stats() const;
  // What detectors found in what is on screen; empty where that isn't known: it is at full size and larger.
  std::optional<std::vector<Finding>> findings() const;
  // Of the whole image, at a low level; of an older recipe until the newest is counted. Null at first.
  const Histogram* histogram(Side side) const;
  // The value of a pixel of the image, as tiles() show it: of the finest tile that there is. Empty if there
  // is none.
  std::string value_at(Side side, int x, int y) const;

 private:
  using SetKey = std::string;
  struct Want {
    Side side;
    int level;
    Region region;               // of the level
    std::vector<TileKey> tiles;  // of which what lies in the region is wanted
    bool on_screen;
  };
  struct Running {
    std::uint64_t number = 0;       // the previewer's
    std::uint64_t port_number = 0;  // the port's
    SetKey set;
    Want want;
    Clock::time_point begin;
    double megapixels = 0;
    std::string cost_key;
  };
  // A render of nothing, for the sake of its stats.
  struct Analysis {
    std::uint64_t number = 0;
    std::uint64_t port_number = 0;
    SetKey set;
  };
  // What the port's thread leaves for the next look.
  struct Mailbox {
    struct Ended {
      RenderOutcome outcome;
      std::optional<Error> error;
    };
    std::mutex mutex;
    std::vector<std::pair<SetKey, TileHandle>> tiles;
    std::vector<std::pair<SetKey, std::vector<TileHandle>>> provisional;
    std::map<std::uint64_t, Ended> ended;  // by the number that the previewer gave
  };

  void take_mail(Clock::time_point now);
  void ended(Mailbox::Ended& end, Clock::time_point now);
  void analysis_ended(const Mailbox::Ended& end, Clock::time_point now);
  std::vector<Want> wants(Clock::time_point now);
  void add_wants(std::vector<Want>& list, Side side, bool overview) const;
  bool fills_screen() const;
  bool is_wanted(const std::vector<Want>& list);
  void start(const Want& want, Clock::time_point now);
  // For the mailbox.
  RenderObserver observer_of_end(std::uint64_t number) const;
  void glance();
  void analyse(Clock::time_point now);
  void cancel();
  void cancel_analysis();
  void drop_old();
  void count_histograms();
  TileSet& set_of(const SetKey& key);
  const TileSet* now_of(Side side) const;
  const TileSet* shown_of(Side side) const;
  SetKey plain_key_of(Side side) const;
  SetKey key_of(Side side) const;  // the same until it has exact stats
  bool has_exact_stats(Side side) const;
  const RenderOutcome& outcome() const;
  std::uint64_t picture_of(Side side) const;
  const Recipe& recipe_of(Side side) const;

  RenderPort& port_;
  std::shared_ptr<std::function<void()>> wake_;
  PreviewLimits limits_;
  std::shared_ptr<Mailbox> mail_ = std::make_shared<Mailbox>();
  std::uint64_t looks_ = 0;
  std::uint64_t renders_ = 0;
  Look look_;
  Viewport view_;  // resolved
  int level_ = 0;
  Region region_;  // on screen, of the level
  std::map<SetKey, TileSet> sets_;
  std::map<Side, SetKey> now_;         // what is looked at
  std::map<Side, SetKey> shown_;       // the last one that filled the screen
  std::map<Side, Histogram> counted_;  // the newest
  std::unique_ptr<Running> running_;
  std::unique_ptr<Analysis> analysis_;
  std::uint64_t glanced_at_ = 0;                       // the picture
  std::set<SetKey> analysed_;                          // what has exact stats, by the keys from before
  std::optional<Clock::time_point> incomplete_since_;  // on screen
  Clock::time_point filled_at_{};
  bool rests_ = false;
  bool is_slow_ = false;
  Clock::time_point retry_at_{};
  std::map<std::string, double> cost_;  // milliseconds for a megapixel, by the filters' names
};

}  // namespace tilework::client

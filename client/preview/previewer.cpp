#include "client/preview/previewer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tilework::client {
namespace {

std::string names_of(const Recipe& recipe) {
  std::string names;
  for (const FilterCall& call : recipe) names += call.filter + ' ';
  return names;
}

// Recipes whose analysis is remembered; one that was forgotten is analysed again.
constexpr std::size_t most_analysed = 1000;

// The level that shows the whole image in about 512 pixels.
int overview_level(const Picture& picture) {
  return std::max(0, picture.levels - 2);
}

Region whole(const Picture& picture, int level) {
  return {0, 0, picture.width_at(level), picture.height_at(level)};
}

}  // namespace

Previewer::Previewer(RenderPort& port, std::function<void()> wake, PreviewLimits limits)
    : port_(port), wake_(std::make_shared<std::function<void()>>(std::move(wake))), limits_(limits) {}

Previewer::~Previewer() {
  cancel();
  cancel_analysis();
}

void Previewer::look(const Look& look, Clock::time_point now) {
  ++looks_;
  if (look.picture_number != look_.picture_number) counted_.clear();
  look_ = look;
  take_mail(now);
  view_ = resolved(look.viewport, look.picture, look.screen);
  level_ = level_for(look.picture, view_.zoom);
  region_ = visible_region(view_, look.picture, look.screen, level_);
  for (const Side side : {Side::input, Side::result}) {
    now_[side] = key_of(side);
    set_of(now_[side]).last_look = looks_;
  }
  for (const Side side : {Side::input, Side::result}) {
    if (is_complete(side)) shown_[side] = now_[side];
    if (const auto shown = sets_.find(shown_[side]); shown != sets_.end()) shown->second.last_look = looks_;
  }
  if (!fills_screen()) {
    if (!incomplete_since_) incomplete_since_ = now;
  } else if (incomplete_since_) {
    incomplete_since_.reset();
    filled_at_ = now;
  }
  is_slow_ = incomplete_since_ && now - *incomplete_since_ > limits_.patience;
  const auto list = wants(now);
  const bool is_stale = running_ && !is_wanted(list);
  if (is_stale && (!running_->want.on_screen || now - running_->begin > limits_.stale)) cancel();
  // While a user drags, what isn't on screen would only be in the way.
  rests_ = !running_ && !list.empty() && !list.front().on_screen && now - filled_at_ < limits_.rest;
  if (!running_ && !list.empty() && !rests_) start(list.front(), now);
  if (glanced_at_ != look.picture_number) glance();
  analyse(now);
  count_histograms();
  drop_old();
}

bool Previewer::fills_screen() const {
  return (!look_.input || is_complete(Side::input)) && (!look_.result || is_complete(Side::result));
}

void Previewer::look_away() {
  incomplete_since_.reset();
  rests_ = false;
  cancel();
  cancel_analysis();
}

void Previewer::take_mail(Clock::time_point now) {
  std::vector<std::pair<SetKey, TileHandle>> tiles;
  std::vector<std::pair<SetKey, std::vector<TileHandle>>> provisional;
  std::map<std::uint64_t, Mailbox::Ended> ends;
  {
    const std::scoped_lock lock(mail_->mutex);
    tiles.swap(mail_->tiles);
    provisional.swap(mail_->provisional);
    ends.swap(mail_->ended);
  }
  for (auto& [key, tile] : tiles) {
    if (const auto set = sets_.find(key); set != sets_.end()) set->second.tiles[tile->key] = tile;
  }
  for (auto& [key, list] : provisional) {
    if (const auto set = sets_.find(key); set != sets_.end()) set->second.provisional = std::move(list);
  }
  if (running_) {
    if (const auto end = ends.find(running_->number); end != ends.end()) ended(end->second, now);
  }
  if (analysis_) {
    if (const auto end = ends.find(analysis_->number); end != ends.end()) analysis_ended(end->second, now);
  }
}

void Previewer::ended(Mailbox::Ended& end, Clock::time_point now) {
  const auto done = std::move(running_);
  TileSet& set = set_of(done->set);
  if (end.error) {
    if (end.error->fault() == Fault::cancelled) return;
    set.error = end.error;
    retry_at_ = now + limits_.retry;
    return;
  }
  set.error.reset();
  if (done->want.level == 0) set.put_findings(done->want.tiles, std::exchange(end.outcome.findings, {}));
  set.outcomes[done->want.level] = std::move(end.outcome);
  const double milliseconds = std::chrono::duration<double, std::milli>(now - done->begin).count();
  cost_[done->cost_key] = milliseconds / std::max(done->megapixels, 0.05);
}

void Previewer::analysis_ended(const Mailbox::Ended& end, Clock::time_point now) {
  const auto done = std::move(analysis_);
  if (end.error) {
    retry_at_ = now + limits_.retry;
    if (end.error->fault() != Fault::unreachable) set_of(done->set).has_no_exact_stats = true;
    return;
  }
  if (analysed_.size() >= most_analysed) analysed_.clear();
  analysed_.insert(done->set);
}

std::vector<Previewer::Want> Previewer::wants(Clock::time_point now) {
  for (const Side side : {Side::input, Side::result}) {
    TileSet& set = sets_.at(now_.at(side));
    if (set.error && set.error->fault() == Fault::unreachable && now >= retry_at_) set.error.reset();
  }
  std::vector<Want> list;
  if (look_.result) add_wants(list, Side::result, false);
  if (look_.input) add_wants(list, Side::input, false);
  add_wants(list, Side::result, true);
  add_wants(list, Side::input, true);
  return list;
}

void Previewer::add_wants(std::vector<Want>& list, Side side, bool overview) const {
  const TileSet& set = sets_.at(now_.at(side));
  if (set.error) return;
  if (overview) {
    const int level = overview_level(look_.picture);
    auto tiles = set.missing(whole(look_.picture, level), level);
    if (!tiles.empty()) list.push_back({side, level, whole(look_.picture, level), std::move(tiles), false});
    return;
  }
  auto tiles = set.missing(region_, level_);
  if (tiles.empty()) return;
  // What takes long is shown at a quarter of the resolution first.
  const auto cost = cost_.find(names_of(recipe_of(side)));
  const double megapixels = static_cast<double>(tiles.size()) * tile_side * tile_side * 1e-6;
  const int coarse = std::min(level_ + 2, look_.picture.levels - 1);
  if (cost != cost_.end() && coarse > level_ &&
      cost->second * megapixels > static_cast<double>(limits_.slow.count())) {
    const Region region = visible_region(view_, look_.picture, look_.screen, coarse);
    auto first = set.missing(region, coarse);
    if (!first.empty())
      list.push_back({side, coarse, grown(look_.picture, region, coarse), std::move(first), true});
  }
  list.push_back({side, level_, grown(look_.picture, region_, level_), std::move(tiles), true});
}

// Its tiles are among those that are missing: at the level that is looked at, or as a step on the way.
bool Previewer::is_wanted(const std::vector<Want>& list) {
  if (now_.at(running_->want.side) != running_->set) return false;
  if (set_of(running_->set).missing(running_->want.region, running_->want.level).empty())
    return true;  // it ends
  // An overview makes way for what is on screen.
  if (!running_->want.on_screen && list.front().on_screen) return false;
  return std::ranges::any_of(list, [&](const Want& want) {
    if (want.side != running_->want.side || want.level != running_->want.level) return false;
    return std::ranges::any_of(running_->want.tiles, [&](const TileKey& tile) {
      return std::ranges::find(want.tiles, tile) != want.tiles.end();
    });
  });
}

void Previewer::start(const Want& want, Clock::time_point now) {
  const std::uint64_t number = ++renders_;
  const SetKey key = now_.at(want.side);
  const Recipe& recipe = recipe_of(want.side);
  const double megapixels = static_cast<double>(want.tiles.size()) * tile_side * tile_side * 1e-6;
  running_ = std::make_unique<Running>(Running{number, 0, key, want, now, megapixels, names_of(recipe)});
  auto assembly = std::make_shared<Assembly>(look_.picture, want.level, want.tiles, want.region);
  RenderObserver observer = observer_of_end(number);
  observer.piece = [mail = mail_, key, assembly, wake = wake_, now,
                    patience = limits_.stale](const Piece& piece) {
    const auto complete = assembly->add(piece);
    if (complete.empty()) return;
    {
      const std::scoped_lock lock(mail->mutex);
      for (const auto& tile : complete) mail->tiles.emplace_back(key, tile);
    }
    // A frame for some tiles would only delay the one with all of them, if that comes soon.
    if (Clock::now() - now > patience) (*wake)();
  };
  RenderRequest request{recipe, want.level, regions_of(look_.picture, want.tiles, want.region),
                        has_exact_stats(want.side)};
  request.detects = want.level == 0 && !recipe.empty();
  running_->port_number = port_.render(picture_of(want.side), std::move(request), std::move(observer));
}

RenderObserver Previewer::observer_of_end(std::uint64_t number) const {
  const auto tell = [mail = mail_, number, wake = wake_](Mailbox::Ended end) {
    {
      const std::scoped_lock lock(mail->mutex);
      mail->ended.insert_or_assign(number, std::move(end));
    }
    (*wake)();
  };
  RenderObserver observer;
  observer.done = [tell](const RenderOutcome& outcome) { tell({outcome, {}}); };
  observer.failed = [tell](const Error& error) { tell({{}, error}); };
  return observer;
}

// A small picture of a large image, whatever is looked at.
void Previewer::glance() {
  glanced_at_ = look_.picture_number;
  const Picture& picture = look_.picture;
  if (std::int64_t{picture.width} * picture.height <= limits_.quick) return;
  const int level = overview_level(picture);
  const Region region = whole(picture, level);
  if (sets_.at(now_.at(Side::input)).has(region, level)) return;
  auto assembly = std::make_shared<Assembly>(picture, level, tiles_of(region, level), region);
  auto tiles = std::make_shared<std::vector<TileHandle>>();
  RenderObserver observer;
  observer.piece = [assembly, tiles](const Piece& piece) {
    const auto complete = assembly->add(piece);
    tiles->insert(tiles->end(), complete.begin(), complete.end());
  };
  observer.done = [mail = mail_, key = now_.at(Side::input), tiles,
                   wake = wake_](const RenderOutcome& outcome) {
    {
      const std::scoped_lock lock(mail->mutex);
      if (outcome.provisional) {
        mail->provisional.emplace_back(key, std::move(*tiles));
      } else {
        for (const auto& tile : *tiles) mail->tiles.emplace_back(key, tile);
      }
    }
    (*wake)();
  };
  RenderRequest request{{}, level, {region}};
  request.provisional = true;
  port_.render(look_.picture_number, std::move(request), std::move(observer));
}

// Exact stats of the result that is on screen, once it is there and has rested.
void Previewer::analyse(Clock::time_point now) {
  const SetKey& key = now_.at(Side::result);
  if (analysis_ && analysis_->set != key) cancel_analysis();
  if (analysis_ || running_ || reduced_stats().empty() || !fills_screen()) return;
  const TileSet& set = sets_.at(key);
  if (set.error || set.has_no_exact_stats || now < retry_at_) return;
  if (now - filled_at_ < limits_.rest) {
    rests_ = true;
    return;
  }
  const std::uint64_t number = ++renders_;
  analysis_ = std::make_unique<Analysis>(Analysis{number, 0, key});
  analysis_->port_number = port_.render(picture_of(Side::result), {recipe_of(Side::result), level_, {}, true},
                                        observer_of_end(number));
}

void Previewer::cancel() {
  if (!running_) return;
  port_.cancel(running_->port_number);
  running_ = nullptr;
}

void Previewer::cancel_analysis() {
  if (!analysis_) return;
  port_.cancel(analysis_->port_number);
  analysis_ = nullptr;
}

// Sets that were not looked at for longest go first; then the tiles of the present ones that aren't on
// screen.
void Previewer::drop_old() {
  std::size_t bytes = 0;
  for (const auto& [key, set] : sets_) bytes += set.bytes();
  while (bytes > limits_.bytes) {
    const auto oldest =
        std::ranges::min_element(sets_, {}, [](const auto& entry) { return entry.second.last_look; });
    if (oldest->second.last_look == looks_) break;
    bytes -= oldest->second.bytes();
    sets_.erase(oldest);
  }
  if (bytes <= limits_.bytes) return;
  const int overview = overview_level(look_.picture);
  for (auto& [key, set] : sets_) {
    const auto visible = tiles_of(region_, level_);
    std::erase_if(set.tiles, [&](const auto& entry) {
      return entry.first.level != overview && std::ranges::find(visible, entry.first) == visible.end();
    });
  }
}

void Previewer::count_histograms() {
  const int level = overview_level(look_.picture);
  for (const Side side : {Side::input, Side::result}) {
    TileSet& set = sets_.at(now_.at(side));
    if (!set.histogram && set.has(whole(look_.picture, level), level)) {
      set.histogram.emplace();
      for (const auto& [key, tile] : set.tiles) {
        if (key.level == level) set.histogram->add(*tile);
      }
    }
    if (!set.histogram) continue;
    counted_[side] = *set.histogram;
    set.provisional.clear();  // the same, exactly, is there
  }
}

}  // namespace tilework::client

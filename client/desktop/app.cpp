#include "client/desktop/app.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "client/common/findings_text.h"
#include "client/document/image_files.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t most_notices = 4;

fs::path own_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

App::App(Window& window, Settings& settings, AppOptions options)
    : window_(window),
      settings_(settings),
      bench_(options.bench),
      config_(config_folder()),
      open_(&Window::wake),
      conversions_(&Window::wake),
      result_(&Window::wake) {
  read_all_presets();
  connect(options.masters);
  if (!options.images.empty()) carry_out(Edit{AddImages{with_folders_opened(options.images)}});
}

App::~App() {
  settings_.window = window_.place();
  if (const ImageEntry* image = history_.now().current_image()) settings_.recipe = image->steps;
  previewer_ = nullptr;  // before what it asks
  open_.forget_all();
}

void App::connect(const std::string& masters) {
  previewer_ = nullptr;
  open_.forget_all();
  views_.clear();
  result_.forget();
  connection_ = nullptr;
  connection_ = std::make_unique<Connection>(masters, &Window::wake);
  PreviewLimits limits;
  if (bench_ != nullptr) limits.bytes = Bench::tile_bytes;
  previewer_ = std::make_unique<Previewer>(*connection_, &Window::wake, limits);
}

void App::read_all_presets() {
  std::vector<std::string> problems;
  presets_.clear();
  for (const auto& folder : {own_folder() / "presets", own_folder() / "../share/tilework/presets"}) {
    const auto shipped = read_presets(folder, true, problems);
    presets_.insert(presets_.end(), shipped.begin(), shipped.end());
  }
  const auto own = read_presets(config_ / "presets", false, problems);
  presets_.insert(presets_.end(), own.begin(), own.end());
  for (const auto& problem : problems) tell(Notice::Kind::trouble, problem);
}

void App::tell(Notice::Kind kind, const std::string& text) {
  const auto time = kind == Notice::Kind::trouble ? 12s : 5s;
  timed_notices_.push_back({{kind, text}, Clock::now() + time});
  if (timed_notices_.size() > most_notices) timed_notices_.erase(timed_notices_.begin());
}

double App::frame() {
  std::vector<Notice> fresh;
  connection_->poll(fresh);
  conversions_.poll(history_.now(), fresh);
  open_.follow(connection_->session(), history_.now(), strip_.in_sight(), views_, fresh);
  take_notices(std::move(fresh));
  follow_conversions();
  follow_result();
  look();
  if (cluster_.is_open()) connection_->ask_status();
  const auto dropped = window_.take_dropped_files();
  Intents intents;
  if (!dropped.empty()) intents.push_back(Edit{AddImages{with_folders_opened(dropped)}});
  const Model model{history_,
                    views_,
                    connection_->filters(),
                    connection_->has_filters(),
                    presets_,
                    connection_->view(),
                    settings_,
                    viewport_has_picture() ? previewer_.get() : nullptr,
                    notices_,
                    connection_->text(),
                    connection_->is_connected()};
  if (bench_ != nullptr) bench_->step(model, viewport_, intents);
  use_shortcuts(model, intents);
  draw_panels(model, intents);
  draw_dialogs(model, intents);
  confirmation_.draw();
  carry_out(intents);
  look();
  // A change and its picture are shown together, if that is soon: painting both takes processors from
  // filters.
  if (const auto since = previewer_->incomplete_since()) window_.hold_until(*since + 20ms);
  return intents.empty() ? pause() : 0;
}

bool App::viewport_has_picture() const {
  const auto& current = history_.now().current;
  if (!current) return false;
  const auto view = views_.find(*current);
  return view != views_.end() && view->second.picture.has_value();
}

double App::pause() const {
  if (previewer_->is_busy()) return 0.05;
  if (conversions_.any_active()) return 0.25;
  if (cluster_.is_open() || !timed_notices_.empty() || !connection_->is_connected()) return 0.5;
  return 10;
}

void App::take_notices(std::vector<Notice> fresh) {
  for (auto& notice : fresh) tell(notice.kind, notice.text);
  const auto now = Clock::now();
  std::erase_if(timed_notices_, [&](const TimedNotice& timed) { return timed.until < now; });
  notices_.clear();
  for (const auto& timed : timed_notices_) notices_.push_back(timed.notice);
}

// The views, as far as conversions fill them.
void App::follow_conversions() {
  for (auto& [id, view] : views_) {
    const Conversion* conversion = conversions_.find(id);
    view.conversion = conversion != nullptr ? std::optional(*conversion) : std::nullopt;
  }
}

// The current image's converted file, if it is to be seen.
void App::follow_result() {
  const ImageEntry* image = history_.now().current_image();
  std::optional<ResultPicture::File> wanted;
  if (image != nullptr && viewport_.wants_result_file()) {
    if (const auto file = conversions_.result_of(image->id); !file.empty())
      wanted = {image->id, file, image->name};
  }
  result_.follow(connection_->session(), wanted);
  for (auto& [id, view] : views_) {
    view.result = result_.picture(id);
    view.result_error = result_.error(id);
  }
}

void App::look() {
  const ImageEntry* image = history_.now().current_image();
  const auto number = image != nullptr ? open_.number_of(image->id) : std::nullopt;
  if (!number || !viewport_has_picture()) {
    previewer_->look_away();
    return;
  }
  Look look;
  look.picture_number = *number;
  look.picture = *views_[image->id].picture;
  look.recipe = recipe_of(image->steps);
  if (const auto& result = views_[image->id].result;
      result && result->width == look.picture.width && result->height == look.picture.height) {
    look.result_number = result_.number();
  }
  look.filters_revision = connection_->revision();
  look.viewport = viewport_.viewport(image->id);
  look.screen = viewport_.screen();
  look.input = viewport_.shows_input();
  look.result = viewport_.shows_result();
  previewer_->look(look, Clock::now());
}

bool App::may_close() {
  if (!conversions_.any_unsaved() && !conversions_.any_active()) return true;
  confirmation_.ask({"Quit without saving?",
                     conversions_.any_active() ? "Images are being converted. They would be given up."
                                               : "There are results that aren't saved.",
                     "Stay", "Quit", [this] { window_.close(); }});
  return false;
}

void App::confirm_closing(ImageId id) {
  const ImageEntry* image = history_.now().find(id);
  if (image == nullptr) return;
  const bool has_result = conversions_.find(id)->has_result();
  confirmation_.ask({"Close without saving?",
                     has_result ? "The result of " + image->name + " isn't saved. It would be thrown away."
                                : image->name + " is being converted. That would be given up.",
                     "Keep it open", "Close", [this, id] {
                       if (connection_->session() != nullptr)
                         conversions_.cancel(*connection_->session(), id);
                       conversions_.forget(id);
                       carry_out(Edit{CloseImage{id}});
                     }});
}

void App::carry_out(const Intents& intents) {
  for (const auto& intent : intents) {
    try {
      std::visit([this](const auto& kind) { carry_out(kind); }, intent);
    } catch (const Error& error) {
      tell(Notice::Kind::trouble, error.what());
    }
  }
}

void App::carry_out(const Edit& edit) {
  if (const auto* close = std::get_if<CloseImage>(&edit)) {
    if (conversions_.would_be_lost(close->image)) return confirm_closing(close->image);
    conversions_.forget(close->image);
  }
  const std::size_t before = history_.now().images.size();
  history_.apply(edit);
  if (const auto* add = std::get_if<AddImages>(&edit)) {
    remember_files(settings_, add->paths);
    // A first image begins with the recipe of the last time.
    if (before == 0 && !settings_.recipe.empty() && history_.now().images.size() == 1) {
      history_.apply(ReplaceRecipe{settings_.recipe, "Take the recipe of the last time"});
    }
  }
}

void App::carry_out(EndOfDrag) {
  history_.seal();
}

void App::carry_out(Undo) {
  history_.undo();
}

void App::carry_out(Redo) {
  history_.redo();
}

void App::carry_out(const SavePreset& save) {
  const ImageEntry* image = history_.now().current_image();
  if (image == nullptr) return;
  write_preset(config_ / "presets", save.name, image->steps);
  read_all_presets();
  tell(Notice::Kind::success, "The preset " + save.name + " is saved");
}

void App::carry_out(const DeletePreset& preset) {
  const auto found = std::ranges::find(presets_, preset.file, &Preset::file);
  if (found == presets_.end()) return;
  confirmation_.ask({"Delete this preset?", "The preset " + found->name + " can't be brought back.",
                     "Keep it", "Delete", [this, file = preset.file] {
                       std::error_code ignored;
                       fs::remove(file, ignored);
                       read_all_presets();
                     }});
}

void App::carry_out(const Convert& convert) {
  for (const ImageId id : convert.images) {
    const ImageEntry* image = history_.now().find(id);
    if (image != nullptr && connection_->session() != nullptr) {
      const bool detects = std::ranges::any_of(recipe_of(image->steps), [this](const FilterCall& call) {
        const auto filter = std::ranges::find(connection_->filters(), call.filter, &FilterDescription::name);
        return filter != connection_->filters().end() && filter->kind == FilterKind::detector;
      });
      conversions_.start(*connection_->session(), *image, settings_, detects);
    }
  }
}

void App::carry_out(const CancelConversion& cancel) {
  if (connection_->session() != nullptr) conversions_.cancel(*connection_->session(), cancel.image);
}

void App::carry_out(const SaveResults& save) {
  std::size_t saved = 0, failed = 0;
  std::string reason;
  for (const ImageId id : save.images) {
    const ImageEntry* image = history_.now().find(id);
    if (image == nullptr) continue;
    try {
      conversions_.save(id, conversions_.proposed_name(*image, save.folder));
      ++saved;
    } catch (const Error& error) {
      if (failed++ == 0) reason = error.what();
    }
  }
  if (failed > 0) {
    tell(Notice::Kind::trouble, std::to_string(failed) + " of " + std::to_string(failed + saved) +
                                    " results could not be saved: " + reason);
    return;
  }
  if (saved > 0) {
    tell(Notice::Kind::success,
         std::to_string(saved) + (saved == 1 ? " result is saved" : " results are saved"));
  }
}

void App::carry_out(const SaveResultAs& save) {
  conversions_.save(save.image, save.file);
  tell(Notice::Kind::success, "Saved as " + save.file.string());
}

void App::carry_out(const SaveFindings& save) {
  const ImageEntry* image = history_.now().find(save.image);
  const Conversion* conversion = conversions_.find(save.image);
  if (image == nullptr || conversion == nullptr || conversion->findings == nullptr) return;
  cli::check_findings_file(save.file);
  write_file(save.file, cli::findings_text(save.file, {{image->name, conversion->findings.get()}}));
  tell(Notice::Kind::success, "The table is saved as " + save.file.string());
}

void App::carry_out(const ChangeSettings& change) {
  settings_ = change.settings;
  window_.set_dark(settings_.dark);
}

void App::carry_out(const Reconnect& reconnect) {
  if (conversions_.any_active())
    throw UserError("wait for the conversions to end, or cancel them, before you change the cluster");
  if (!reconnect.masters.empty()) transport::parse_endpoints(reconnect.masters);  // a mistake changes nothing
  connect(reconnect.masters);
  settings_.masters = reconnect.masters;
}

void App::carry_out(const Retry& retry) {
  open_.retry(connection_->session(), retry.image, views_);
}

void App::carry_out(Quit) {
  if (may_close()) window_.close();
}

}  // namespace tilework::client

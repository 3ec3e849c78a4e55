// The desktop client: holds the document, the connection and the panels; fills the model before each frame,
// and carries out what the panels ask for. The main thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "client/desktop/bench.h"
#include "client/desktop/connection.h"
#include "client/desktop/conversions.h"
#include "client/desktop/open_images.h"
#include "client/desktop/result_picture.h"
#include "client/desktop/window.h"
#include "client/document/history.h"
#include "client/document/settings.h"
#include "client/preview/previewer.h"
#include "client/ui/cluster_window.h"
#include "client/ui/confirmation.h"
#include "client/ui/convert_panel.h"
#include "client/ui/file_dialog.h"
#include "client/ui/findings_window.h"
#include "client/ui/histogram_panel.h"
#include "client/ui/image_strip.h"
#include "client/ui/recipe_panel.h"
#include "client/ui/shortcuts_window.h"
#include "client/ui/texture.h"
#include "client/ui/viewport_panel.h"

namespace tilework::client {

struct AppOptions {
  std::vector<std::filesystem::path> images;
  std::string masters;     // as --master takes them; empty: a private cluster
  Bench* bench = nullptr;  // works the program, and outlives it
};

class App {
 public:
  // The window and the settings outlive the app.
  App(Window& window, Settings& settings, AppOptions options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Draws a frame; the seconds until the next one if nothing happens.
  double frame();
  // Asks the user first where work would be lost.
  bool may_close();

 private:
  using Clock = std::chrono::steady_clock;
  struct TimedNotice {
    Notice notice;
    Clock::time_point until;
  };

  void connect(const std::string& masters);
  void follow_conversions();
  void follow_result();
  void look();
  void take_notices(std::vector<Notice> fresh);

  void draw_panels(const Model& model, Intents& intents);
  void draw_status_line(const Model& model);
  void draw_findings(const Model& model);
  void draw_dialogs(const Model& model, Intents& intents);
  void ask_where_to_save(const ImageEntry& image);
  void use_shortcuts(const Model& model, Intents& intents);

  void confirm_closing(ImageId id);

  void carry_out(const Intents& intents);
  void carry_out(const Edit& edit);
  void carry_out(EndOfDrag);
  void carry_out(Undo);
  void carry_out(Redo);
  void carry_out(const SavePreset& save);
  void carry_out(const DeletePreset& preset);
  void carry_out(const Convert& convert);
  void carry_out(const CancelConversion& cancel);
  void carry_out(const SaveResults& save);
  void carry_out(const SaveResultAs& save);
  void carry_out(const SaveFindings& save);
  void carry_out(const ChangeSettings& change);
  void carry_out(const Reconnect& reconnect);
  void carry_out(const Retry& retry);
  void carry_out(Quit);

  void read_all_presets();
  void tell(Notice::Kind kind, const std::string& text);
  double pause() const;
  bool viewport_has_picture() const;

  Window& window_;
  Settings& settings_;
  Bench* bench_;
  std::filesystem::path config_;
  History history_;
  std::vector<Preset> presets_;
  std::vector<TimedNotice> timed_notices_;
  std::vector<Notice> notices_;  // those that are shown
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Previewer> previewer_;
  std::map<ImageId, ImageView> views_;
  OpenImages open_;
  Conversions conversions_;
  ResultPicture result_;

  ImageStrip strip_;
  RecipePanel recipe_;
  ViewportPanel viewport_;
  HistogramPanel histogram_;
  ConvertPanel convert_;
  ClusterWindow cluster_;
  FindingsWindow findings_;
  ShortcutsWindow shortcuts_;
  FileDialog dialog_;
  std::optional<ImageId> saves_image_;  // what the dialog is open for
  bool saves_all_ = false;
  bool saves_findings_ = false;
  Confirmation confirmation_;
};

}  // namespace tilework::client

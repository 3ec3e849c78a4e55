// Chooses files to open, or a name to save under: drawn by the program itself, so it is the same everywhere.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tilework::client {

class FileDialog {
 public:
  enum class Purpose { open_images, save_file, choose_folder };

  // Opens in the folder of the last time, or that of `start`, whose name is proposed when a file is saved. A
  // saved file's name has one of the extensions, as ".jpg"; the first is added to a name without.
  void open(Purpose purpose, const std::filesystem::path& start = {},
            std::vector<std::string> extensions = {});
  bool is_open() const { return is_open_; }

  // Each frame. The files, the file or the folder, once they are chosen.
  std::optional<std::vector<std::filesystem::path>> draw(const std::vector<std::string>& recent_files);

 private:
  struct Entry {
    std::string name;
    bool is_folder;
    std::uintmax_t bytes;
  };

  void go_to(const std::filesystem::path& folder);
  void draw_places(const std::vector<std::string>& recent_files);
  std::optional<std::vector<std::filesystem::path>> draw_entries();
  std::optional<std::vector<std::filesystem::path>> accept();
  bool may_save(std::filesystem::path& file);
  void name_changed();

  Purpose purpose_ = Purpose::open_images;
  bool is_open_ = false;
  bool opens_ = false;
  std::filesystem::path folder_;
  std::vector<Entry> entries_;
  std::set<std::string> chosen_;
  std::string typed_;
  std::string problem_;
  std::vector<std::string> extensions_;
  std::filesystem::path replaced_;  // what the user was asked about
  bool all_files_ = false;
};

}  // namespace tilework::client

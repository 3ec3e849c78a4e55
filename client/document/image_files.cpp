#include "client/document/image_files.h"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "schema/model/image_format.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_in(const fs::path& folder) {
  std::vector<fs::path> images;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    const bool is_hidden = entry->path().filename().string().starts_with('.');
    if (!is_hidden && entry->is_regular_file(ignored) && !format_of_name(entry->path()).empty()) {
      images.push_back(entry->path());
    }
  }
  // As people count: photo2 comes before photo10.
  std::ranges::sort(
      images, [](const fs::path& a, const fs::path& b) { return ::strverscmp(a.c_str(), b.c_str()) < 0; });
  return images;
}

}  // namespace

std::vector<fs::path> with_folders_opened(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const auto& path : paths) {
    std::error_code ignored;
    const auto images = fs::is_directory(path, ignored) ? images_in(path) : std::vector<fs::path>();
    if (images.empty()) {
      files.push_back(path);
    } else {
      files.insert(files.end(), images.begin(), images.end());
    }
  }
  return files;
}

}  // namespace tilework::client

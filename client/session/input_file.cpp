#include "client/session/input_file.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "schema/model/clean_text.h"
#include "schema/model/error.h"
#include "schema/model/nearest.h"

namespace tilework::client {
namespace {

namespace fs = std::filesystem;

// Of a folder with a million files, some will do.
constexpr std::size_t most_names = 10'000;

// None where the folder can't be looked at.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && names.size() < most_names;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string what_is_near(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::exists(folder, error)) return ", and no folder " + folder.string();
  return did_you_mean(path.filename().string(), names_in(folder));
}

}  // namespace

std::string why_unreadable(const fs::path& path, const std::string& name, int error) {
  if (error == ENOENT) return name + ": there is no such file" + what_is_near(path);
  return name + " can't be read: " + std::generic_category().message(error);
}

InputFile open_input_file(const std::filesystem::path& path, const std::string& name) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw UserError(why_unreadable(path, name, errno));
  InputFile file{kj::AutoCloseFd(fd)};
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    throw UserError(name + " can't be read: it is no file");
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

std::string name_for_master(const std::string& name) {
  constexpr std::string_view cut = "...";
  if (name.size() <= longest_name) return name;
  std::size_t begin = name.size() - (longest_name - cut.size());
  const auto continues = [&] { return (static_cast<unsigned char>(name[begin]) & 0xc0) == 0x80; };
  while (begin < name.size() && continues()) ++begin;  // between characters of UTF-8
  return std::string(cut) + name.substr(begin);
}

}  // namespace tilework::client

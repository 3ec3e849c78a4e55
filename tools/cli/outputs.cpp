#include "tools/cli/outputs.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "client/common/text.h"
#include "client/session/input_file.h"
#include "client/session/output_file.h"
#include "schema/model/error.h"
#include "tools/cli/output_formats.h"
#include "tools/cli/stream_output.h"

namespace tilework::cli {
namespace {

namespace fs = std::filesystem;
using FileId = std::pair<dev_t, ino_t>;
using Files = std::map<FileId, std::string>;  // and what they are called

FileId check_file(const std::string& name) {
  if (name.empty()) throw UserError("the name of an image is empty");
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) throw UserError(client::why_unreadable(name, name, errno));
  if (S_ISDIR(status.st_mode)) {
    throw UserError(name + " is a folder; name the images in it, as in " +
                    (fs::path(name) / "*.jpg").string());
  }
  if (!S_ISREG(status.st_mode)) {
    throw UserError(name + " is not a file; what comes by a pipe is named -, for standard input");
  }
  if (::access(name.c_str(), R_OK) != 0) throw UserError(name + " can't be read: " + system_text(errno));
  if (status.st_size == 0) throw UserError(name + " is empty (0 bytes), so it is not an image");
  return {status.st_dev, status.st_ino};
}

void check_folder(const fs::path& folder) {
  const fs::path shown = folder.empty() ? fs::path(".") : folder;
  struct stat status {};
  if (::stat(shown.c_str(), &status) != 0) {
    const bool missing = errno == ENOENT;
    throw UserError("the output folder " + shown.string() +
                    (missing ? " doesn't exist; make it first, or end -o with a slash"
                             : " can't be reached: " + system_text(errno) + "; choose another with -o"));
  }
  if (!S_ISDIR(status.st_mode))
    throw UserError(shown.string() + " is not a folder; choose another output with -o");
  if (::access(shown.c_str(), W_OK | X_OK) != 0) {
    throw UserError("the output folder " + shown.string() + " can't be written to: " + system_text(errno) +
                    "; choose another with -o");
  }
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Whether anything has that name, be it a link that leads nowhere.
bool is_there(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw UserError("the output " + path.string() + " can't be made: " + system_text(errno) +
                  "; choose another with -o");
}

void check_length(const fs::path& name, const fs::path& parent) {
  const long most = ::pathconf(parent.c_str(), _PC_NAME_MAX);
  if (most > 0 && name.native().size() > static_cast<std::size_t>(most)) {
    throw UserError("the output " + name.string() + " can't be made: " + system_text(ENAMETOOLONG) +
                    "; choose another with -o");
  }
}

// A folder that doesn't exist can be made where its nearest parent is one that we may write to. Returns that.
fs::path check_new_folder(const fs::path& folder) {
  fs::path parent = fs::absolute(folder).lexically_normal();
  std::vector<fs::path> names;
  for (; !is_there(parent); parent = parent.parent_path()) names.push_back(parent.filename());
  check_folder(parent);
  for (const auto& name : names) check_length(name, parent);
  return parent;
}

void check_inputs(const std::vector<std::string>& images, Files& inputs) {
  if (std::ranges::count(images, "-") > 1) {
    throw UserError("standard input (-) can be one of the images, and not more of them");
  }
  for (const auto& name : images) {
    if (name != "-") {
      inputs.emplace(check_file(name), name);
    } else if (const auto file = file_behind(STDIN_FILENO)) {
      inputs.emplace(*file, shown_name(name));
    }
  }
}

void check_not_input(const std::string& output, const std::optional<FileId>& file, const Files& inputs) {
  const auto same = file ? inputs.find(*file) : inputs.end();
  if (same == inputs.end()) return;
  throw UserError(shown_output(output) + " is the input " + same->second +
                  ", which stays as it is; choose another output with -o");
}

// Where it is really written.
fs::path check_output(const fs::path& output, const Files& inputs) {
  const fs::path target = client::output_target(output);
  struct stat status {};
  std::optional<FileId> file;
  if (::stat(target.c_str(), &status) == 0) file = {status.st_dev, status.st_ino};
  check_not_input(output.string(), file, inputs);
  std::error_code error;
  fs::path real = fs::weakly_canonical(target, error);
  return error ? target : real;
}

OutputPlan plan_stream(const std::string& image, const OutputWish& wish, const std::string& format,
                       const Files& inputs) {
  check_stream(wish.out);
  if (wish.out == "-") check_not_input(wish.out, file_behind(STDOUT_FILENO), inputs);
  return {{{image, image, wish.out, format_of_stream(image, wish, format), true}}, {}};
}

OutputPlan plan_file(const std::string& image, const OutputWish& wish, const std::string& format,
                     const Files& inputs) {
  const fs::path file(wish.out);
  OutputPlan plan{{{image, image, file, format_of_file(file, format)}}, {}};
  check_folder(file.parent_path());
  check_output(file, inputs);
  return plan;
}

OutputPlan plan_folder(const std::vector<std::string>& images, const OutputWish& wish,
                       const std::string& format, const Files& inputs) {
  const fs::path folder(wish.out);
  OutputPlan plan;
  fs::path parent;  // of a new folder
  if (is_folder(folder)) {
    check_folder(folder);
  } else {
    parent = check_new_folder(folder);
    plan.folder = folder;
  }
  std::map<fs::path, std::string> writers;
  for (const auto& name : images) {
    const fs::path output = folder / name_in_folder(name, wish, format);
    plan.tasks.push_back({name, name, output, format_of_file(output, format)});
    if (!parent.empty()) check_length(output.filename(), parent);
    const fs::path real = parent.empty() ? check_output(output, inputs) : output.lexically_normal();
    const auto [writer, first] = writers.emplace(real, name);
    if (!first) {
      throw UserError(shown_name(writer->second) + " and " + shown_name(name) + " would both be written to " +
                      output.string() + "; give them different names, or process them one after the other");
    }
  }
  return plan;
}

}  // namespace

std::string shown_name(const std::string& image) {
  return image == "-" ? "standard input" : image;
}

std::string shown_output(const std::string& output) {
  return output == "-" ? "standard output" : output;
}

OutputPlan plan_outputs(const std::vector<std::string>& images, const OutputWish& wish) {
  if (wish.out.empty()) throw UserError("-o is empty; name a file or a folder for the result");
  const std::string format = parse_format(wish.format);
  Files inputs;
  check_inputs(images, inputs);
  const bool several = images.size() > 1;
  if (is_stream(wish.out) && several) {
    throw UserError(shown_output(wish.out) + " takes the result of one image; name a folder with -o");
  }
  if (is_stream(wish.out)) return plan_stream(images.front(), wish, format, inputs);
  const bool into_folder = several || wish.out.ends_with('/') || is_folder(wish.out);
  return into_folder ? plan_folder(images, wish, format, inputs)
                     : plan_file(images.front(), wish, format, inputs);
}

void make_folder(const OutputPlan& plan) {
  if (plan.folder.empty()) return;
  std::error_code error;
  fs::create_directories(plan.folder, error);
  if (error)
    throw UserError("the output folder " + plan.folder.string() + " can't be made: " + error.message());
}

}  // namespace tilework::cli

#include "tools/cli/outputs.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "schema/model/error.h"
#include "schema/model/image_format.h"

namespace tilework::cli {
namespace {

namespace fs = std::filesystem;
using FileId = std::pair<dev_t, ino_t>;

std::string system_text(int error) {
  return std::generic_category().message(error);
}

FileId check_input(const std::string& name) {
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) throw UserError(name + " can't be read: " + system_text(errno));
  if (S_ISDIR(status.st_mode)) {
    throw UserError(name + " is a folder; name the images in it, as in " +
                    (fs::path(name) / "*.jpg").string());
  }
  if (!S_ISREG(status.st_mode)) throw UserError(name + " is not a file");
  if (::access(name.c_str(), R_OK) != 0) throw UserError(name + " can't be read: " + system_text(errno));
  if (status.st_size == 0) throw UserError(name + " is empty (0 bytes), so it is not an image");
  return {status.st_dev, status.st_ino};
}

void check_folder(const fs::path& folder) {
  const fs::path shown = folder.empty() ? fs::path(".") : folder;
  if (!fs::exists(shown)) {
    throw UserError("the output folder " + shown.string() +
                    " doesn't exist; make it first, or end -o with a slash");
  }
  if (!fs::is_directory(shown))
    throw UserError(shown.string() + " is not a folder; choose another output with -o");
  if (::access(shown.c_str(), W_OK | X_OK) != 0) {
    throw UserError("the output folder " + shown.string() + " can't be written to: " + system_text(errno) +
                    "; choose another with -o");
  }
}

// A folder that doesn't exist can be made where its nearest parent is one that we may write to.
void check_new_folder(const fs::path& folder) {
  fs::path parent = fs::absolute(folder).lexically_normal();
  while (!fs::exists(parent)) parent = parent.parent_path();
  check_folder(parent);
}

void check_output(const ImageTask& task, const std::map<FileId, std::string>& inputs) {
  struct stat status {};
  if (::stat(task.output.c_str(), &status) != 0) return;
  if (!S_ISREG(status.st_mode))
    throw UserError(task.output.string() + " exists and is not a file; choose another output");
  const auto same = inputs.find({status.st_dev, status.st_ino});
  if (same == inputs.end()) return;
  throw UserError(task.output.string() + " is the input " + same->second +
                  ", which stays as it is; choose another output with -o");
}

}  // namespace

std::string format_of(const fs::path& file) {
  if (auto format = format_of_name(file); !format.empty()) return format;
  std::string list;
  for (const auto& known : image_extensions()) list += (list.empty() ? "" : ", ") + std::string(known.text);
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string what = extension.empty() ? "has no extension" : "ends with \"" + extension + "\"";
  throw UserError("the output " + file.string() + " " + what +
                  "; its format follows from the extension, which is one of " + list);
}

OutputPlan plan_outputs(const std::vector<std::string>& images, const std::string& out) {
  if (out.empty()) throw UserError("-o is empty; name a file or a folder for the result");
  const fs::path target(out);
  const bool exists_as_folder = fs::is_directory(target);
  const bool into_folder = exists_as_folder || out.ends_with('/') || images.size() > 1;

  OutputPlan plan;
  std::map<FileId, std::string> inputs;
  std::map<fs::path, std::string> writers;
  for (const auto& name : images) {
    inputs.emplace(check_input(name), name);
    const fs::path output = into_folder ? target / fs::path(name).filename() : target;
    plan.tasks.push_back({name, name, output, format_of(output)});
    const auto [writer, first] = writers.emplace(output.lexically_normal(), name);
    if (!first) {
      throw UserError(writer->second + " and " + name + " would both be written to " + output.string() +
                      "; give them different names, or process them one after the other");
    }
  }
  if (!into_folder) {
    check_folder(target.parent_path());
  } else if (fs::exists(target)) {
    check_folder(target);
  } else {
    check_new_folder(target);
    plan.folder = target;
  }
  for (const auto& task : plan.tasks) check_output(task, inputs);
  return plan;
}

void make_folder(const OutputPlan& plan) {
  if (plan.folder.empty()) return;
  std::error_code error;
  fs::create_directories(plan.folder, error);
  if (error)
    throw UserError("the output folder " + plan.folder.string() + " can't be made: " + error.message());
}

}  // namespace tilework::cli

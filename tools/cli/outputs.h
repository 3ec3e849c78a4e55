// Where results go: which file each image is written to, in which format, and whether that can be done. All
// that can be checked is checked here, before anything is uploaded.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tilework::cli {

struct ImageTask {
  std::string name;  // as the user typed it; "-" is standard input
  std::filesystem::path input;
  std::filesystem::path output;  // "-" is standard output
  std::string format;            // of the output, as schema/master.capnp names it
  bool streams = false;          // into the output: see stream_output.h
};

// For messages.
std::string shown_name(const std::string& image);
std::string shown_output(const std::string& output);

struct OutputPlan {
  std::vector<ImageTask> tasks;
  std::filesystem::path folder;  // to be made; empty if there is nothing to make
};

struct OutputWish {
  std::string out;          // as the user typed it
  std::string format = {};  // likewise, "png" or "jpg"; empty if the extensions decide
  std::string piped = {};   // the format of standard input, by its content; empty where it isn't known
};

// The format that a file's extension stands for. Throws UserError with the extensions that there are.
std::string format_of(const std::filesystem::path& file);

// `out` is a file for a single image. It is a folder if it is one already, if it ends with a slash, or if
// there are several images; there each image keeps its name and format, or gets the extension of the format
// that is wished for. Into a stream, an image keeps the format that its content has. Reads the file system
// and changes nothing. Throws UserError.
OutputPlan plan_outputs(const std::vector<std::string>& images, const OutputWish& wish);

// Makes the folder that the plan needs. Throws UserError.
void make_folder(const OutputPlan& plan);

}  // namespace tilework::cli

// tilework: the command line client.

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <iostream>
#include <span>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "client/common/command_line.h"
#include "client/common/interrupt.h"
#include "client/common/text.h"
#include "schema/model/error.h"
#include "schema/model/version.h"
#include "tools/cli/commands.h"

namespace {

namespace cli = tilework::cli;

constexpr const char* footer =
    R"(Examples:
  tilework filters
  tilework filters gaussian-blur
  tilework apply photo.jpg -f gaussian-blur:size=31 -f sharpen -o out.png
  tilework apply *.jpg -f grayscale -o results/
  tilework apply - -f invert -o - < in.png > out.png
  tilework apply photo.jpg -f canny:low=50,high=150 -o edges.png --master server:7400

Without --master and $TILEWORK_MASTER, a private cluster is started on this machine, and ended with the command.

Exit codes:
    0  all was done
    2  a mistake of the user's: a wrong option, file, filter or parameter
    3  the cluster can't be reached, or its masters were lost and none came back
    4  a job failed: a filter crashed, the disk is full
  130  interrupted (Ctrl-C)
Of several images that fail differently, the first of 130, 3, 4, 2 counts.)";

void add_common(CLI::App& app, cli::CommonOptions& common) {
  app.add_option(
      "--master", common.masters,
      "Masters, HOST:PORT,HOST:PORT,...; the first that answers is used, and when it is lost, the next "
      "(default: $TILEWORK_MASTER, or a private cluster)");
  app.add_option("--patience", common.patience_seconds,
                 "Seconds to look for a master that answers, after one was lost")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_flag("-v,--verbose", common.verbose, "Show the log of a private cluster");
}

void add_storing(CLI::App& app, cli::ApplyOptions& apply) {
  app.add_option("--jpeg-quality", apply.jpeg_quality, "Quality of JPEG and WebP files")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--chroma", apply.chroma,
                 "Chroma of JPEG files: whole (4:4:4), halved (4:2:0), or auto: halved below quality 90")
      ->check(CLI::IsMember({"auto", "4:4:4", "4:2:0"}))
      ->capture_default_str();
  app.add_option(
         "--compression", apply.compression,
         "Compression of TIFF files: none, lzw, deflate, zstd, packbits, jpeg, ccitt, or auto: as in the "
         "image, where that is TIFF too")
      ->capture_default_str();
  app.add_flag("--lossless", apply.lossless, "Store WebP without loss, and TIFF without JPEG inside");
}

CLI::App* add_apply(CLI::App& app, cli::CommonOptions& common, cli::ApplyOptions& apply) {
  auto* command = app.add_subcommand("apply", "Apply filters to images");
  command
      ->add_option(
          "IMAGE", apply.images,
          "Images: JPEG, PNG, TIFF, WebP, BMP, GIF; - is standard input. Put -- before names that begin "
          "with a dash, or ./ in front of them")
      ->required();
  command
      ->add_option("-f,--filter", apply.filters,
                   "A filter, NAME or NAME:PARAMETER=VALUE,...; several are applied in their order")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option(
          "-o,--output", apply.output,
          "File for the result, whose extension says the format (jpg, png, tif, webp, bmp, gif); or a "
          "folder, in which each image keeps its name and format: one that ends with a slash is made; "
          "or -, which is standard output, a FIFO or a device, into which the image keeps its format. "
          "A symbolic link stays, and the file that it leads to is written")
      ->required();
  command->add_option(
      "--format", apply.format,
      "Format of the result, where no extension says it: jpeg, png, tiff, webp, bmp, gif. In a "
      "folder, all results get its extension");
  command->add_option(
      "--findings", apply.findings,
      "File for what detectors find in all images: .csv or .json; - is standard output, as CSV");
  add_storing(*command, apply);
  command->add_flag(
      "--allow-expansion", apply.allow_expansion,
      "Take a large image from a tiny file, a thousand times as large or more, as a blank image "
      "may be");
  command->add_option("--tile", apply.tile,
                      "Size of tiles in pixels, WxH or N (default: the master chooses)");
  command
      ->add_option("--wait-for-workers", apply.worker_seconds,
                   "Seconds to wait where no worker is connected to the master, before it is a failure (exit "
                   "code 3); for ever if it isn't given")
      ->check(CLI::Range(0.0, 1e9));
  command->add_flag("--json", common.json,
                    "Print a JSON array to standard output, with an object for each image");
  command->add_flag("-q,--quiet", common.quiet, "Say nothing but errors");
  add_common(*command, common);
  return command;
}

// Where standard input or output is closed, the next file that is opened would take its place. Now the input
// is empty, and the outputs can't be written.
void fill_closed_files() {
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(standard, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
}

// The names under which the system has standard input and output mean the same as a dash.
void use_dashes(cli::ApplyOptions& apply) {
  std::ranges::replace(apply.images, "/dev/stdin", "-");
  for (std::string* output : {&apply.output, &apply.findings}) {
    if (*output == "/dev/stdout") *output = "-";
  }
}

// What standard output didn't take, because the disk is full or the reader went away, is not unsaid.
void flush_output() {
  errno = 0;
  std::cout.flush();
  if (std::cout) return;
  const std::string why = errno == 0 ? "" : ": " + cli::system_text(errno);
  throw tilework::Error(tilework::Fault::failed, "standard output can't be written" + why);
}

int run(const std::function<cli::ExitCode()>& command) {
  try {
    const auto code = command();
    flush_output();
    return code;
  } catch (const tilework::Error& error) {
    const bool stopped = error.fault() == tilework::Fault::cancelled;
    std::cerr << "tilework: " << (stopped ? "interrupted" : cli::printable(error.what())) << '\n';
    return cli::exit_code(error.fault());
  } catch (const std::exception& error) {
    std::cerr << "tilework: " << cli::printable(error.what()) << '\n';
    return cli::job_failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  fill_closed_files();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that is larger than allowed is an error of writing
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of writing
  cli::CommonOptions common;
  CLI::App app{"Processes images on a Tilework cluster, with the filters that it offers.", "tilework"};
  app.set_version_flag("--version", std::string("tilework ") + tilework::version);
  app.set_config("--config", "", "Read options from this file (TOML or INI; a section for each command)");
  app.require_subcommand(1);
  app.footer(footer);
  add_common(app, common);

  cli::ApplyOptions apply;
  auto* apply_app = add_apply(app, common, apply);

  std::string filter;
  bool watch = false;
  auto* filters_app = app.add_subcommand("filters", "List the filters, or show one in full");
  filters_app->add_option("NAME", filter, "A filter");
  filters_app->add_flag("--json", common.json, "Print JSON; with --watch, a document a line for each change");
  filters_app->add_flag("-w,--watch", watch, "Then tell of each change, until Ctrl-C");
  add_common(*filters_app, common);

  auto* status_app = app.add_subcommand("status", "Show the master and its workers");
  status_app->add_flag("--json", common.json, "Print JSON");
  add_common(*status_app, common);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::end_of_parsing(app, error, std::span(argv, static_cast<std::size_t>(argc)));
  }

  use_dashes(apply);
  return run([&] {
    const cli::Interrupt interrupt;
    if (apply_app->parsed()) return cli::apply(common, apply, interrupt.token());
    if (filters_app->parsed()) return cli::filters(common, filter, watch, interrupt.token());
    return cli::status(common, interrupt.token());
  });
}

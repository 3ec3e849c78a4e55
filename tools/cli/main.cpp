// tilework: the command line client.

#include <iostream>

#include <CLI/CLI.hpp>

#include "schema/model/error.h"
#include "schema/model/version.h"
#include "tools/cli/commands.h"
#include "tools/common/command_line.h"
#include "tools/common/interrupt.h"
#include "tools/common/text.h"

namespace {

namespace cli = tilework::cli;

constexpr const char* footer =
    R"(Examples:
  tilework filters
  tilework filters gaussian-blur
  tilework apply photo.jpg -f gaussian-blur:size=31 -f sharpen -o out.png
  tilework apply *.jpg -f grayscale -o results/
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

}  // namespace

int main(int argc, char** argv) {
  cli::CommonOptions common;
  CLI::App app{"Processes images on a Tilework cluster, with the filters that it offers.", "tilework"};
  app.set_version_flag("--version", std::string("tilework ") + tilework::version);
  app.set_config("--config", "", "Read options from this file (TOML or INI; a section for each command)");
  app.require_subcommand(1);
  app.footer(footer);
  add_common(app, common);

  cli::ApplyOptions apply;
  auto* apply_app = app.add_subcommand("apply", "Apply filters to images");
  apply_app->add_option("IMAGE", apply.images, "Images: JPEG, PNG, TIFF, WebP, BMP, GIF")->required();
  apply_app
      ->add_option("-f,--filter", apply.filters,
                   "A filter, NAME or NAME:PARAMETER=VALUE,...; several are applied in their order")
      ->required()
      ->allow_extra_args(false);
  apply_app
      ->add_option("-o,--output", apply.output,
                   "File for the result, whose extension says the format (jpg, png, tif, webp, bmp, gif); or "
                   "a folder, "
                   "in which each image keeps its name and format. A folder that ends with a slash is made")
      ->required();
  apply_app->add_option("--findings", apply.findings,
                        "File for what detectors find in all images: .csv or .json");
  apply_app->add_option("--jpeg-quality", apply.jpeg_quality, "Quality of JPEG and WebP files")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  apply_app
      ->add_option("--chroma", apply.chroma,
                   "Chroma of JPEG files: whole (4:4:4), halved (4:2:0), or auto: halved below quality 90")
      ->check(CLI::IsMember({"auto", "4:4:4", "4:2:0"}))
      ->capture_default_str();
  apply_app->add_option("--tile", apply.tile,
                        "Size of tiles in pixels, WxH or N (default: the master chooses)");
  apply_app->add_flag("--json", common.json,
                      "Print a JSON array to standard output, with an object for each image");
  apply_app->add_flag("-q,--quiet", common.quiet, "Say nothing but errors");
  add_common(*apply_app, common);

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
    return cli::end_of_parsing(app, error);
  }

  try {
    const cli::Interrupt interrupt;
    if (apply_app->parsed()) return cli::apply(common, apply, interrupt.token());
    if (filters_app->parsed()) return cli::filters(common, filter, watch, interrupt.token());
    return cli::status(common, interrupt.token());
  } catch (const tilework::Error& error) {
    const bool stopped = error.fault() == tilework::Fault::cancelled;
    std::cerr << "tilework: " << (stopped ? "interrupted" : cli::printable(error.what())) << '\n';
    return cli::exit_code(error.fault());
  } catch (const std::exception& error) {
    std::cerr << "tilework: " << cli::printable(error.what()) << '\n';
    return cli::job_failed;
  }
}
